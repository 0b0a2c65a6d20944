"""What is read of each field of speech and transcriptions."""

from collections.abc import Mapping

from gateway.wire.endpoint import Direction

SPEECH: Mapping[Direction, str] = {
    "request": """
        input                                           text
        instructions                                    system
        model                                           control
        response_format                                 control
        speed                                           control
        stream_format                                   control
        voice                                           control
    """,
    "response": "* audio",
    "stream": """
        audio                                           audio
        error                                           metadata
        type                                            control
        usage                                           control
    """,
}

TRANSCRIPTION: Mapping[Direction, str] = {
    "request": """
        file/filename                                   metadata
        file                                            audio
        prompt                                          text
        keywords                                        metadata
        keywords[]                                      metadata
        known_speaker_names                             metadata
        known_speaker_names[]                           name
        known_speaker_references                        metadata
        known_speaker_references[]                      metadata
        include                                         metadata
        include[]                                       control
        languages                                       metadata
        languages[]                                     control
        timestamp_granularities                         metadata
        timestamp_granularities[]                       control
        chunking_strategy                               control
        language                                        control
        model                                           control
        response_format                                 control
        stream                                          control
        temperature                                     control
    """,
    "response": """
        text                                            text
        segments/*/text                                 text
        segments/*/speaker                              name
        segments                                        control
        words                                           metadata
        logprobs/*/bytes                                control
        logprobs/*/token                                metadata
        logprobs                                        control
        duration                                        control
        language                                        control
        languages                                       control
        task                                            control
        usage                                           control
    """,
    "stream": """
        delta                                           text
        text                                            text
        speaker                                         name
        logprobs/*/token                                metadata
        logprobs                                        control
        duration                                        control
        end                                             control
        error                                           metadata
        id                                              control
        languages                                       control
        segment_id                                      control
        start                                           control
        type                                            control
        usage                                           control
    """,
}
