"""What is read of files, of their descriptions, and of the rows of batches."""

from collections.abc import Mapping

from gateway.wire.endpoint import Direction

_KINDS = "text|system|tool_arguments|tool_result|tool_definition|reasoning|refusal|name|metadata"

_FILE = """
        {0}filename                                     metadata
        {0}status_details                               metadata
        {0}bytes                                        control
        {0}created_at                                   control
        {0}deleted                                      control
        {0}expires_at                                   control
        {0}id                                           control
        {0}object                                       control
        {0}purpose                                      control
        {0}status                                       control
"""

CREATED: Mapping[Direction, str] = {
    "request": f"""
        file/filename                                   metadata
        file/rows/*/body                                {_KINDS}          unknown_endpoint
        file/rows/*/custom_id                           control
        file/rows/*/method                              control
        file/rows/*/url                                 control
        file/rows                                       text|metadata
        file/json                                       text
        file                                            text              file
        expires_after                                   metadata
        expires_after[anchor]                           control
        expires_after[seconds]                          control
        purpose                                         control
    """,
    "response": _FILE.format(""),
}
RETRIEVED: Mapping[Direction, str] = {"response": _FILE.format("")}
DELETED: Mapping[Direction, str] = {"response": _FILE.format("")}
LISTED: Mapping[Direction, str] = {
    "response": _FILE.format("data/*/")
    + """
        first_id                                        control
        has_more                                        control
        last_id                                         control
        object                                          control
    """
}
CONTENT: Mapping[Direction, str] = {
    "response": f"""
        rows/*/response/body                            {_KINDS}
        rows/*/response                                 control
        rows/*/body                                     {_KINDS}          unknown_endpoint
        rows/*/error                                    metadata
        rows/*/custom_id                                control
        rows/*/id                                       control
        rows/*/method                                   control
        rows/*/url                                      control
        rows                                            text|metadata
        json                                            text
        text                                            text              file
    """
}
