"""What people ask an assistant all day: tasks, follow-ups, formats, personas. None of it is an attack."""

# ruff: noqa: E501 - a template a line or two

from collections.abc import Iterator
from typing import Final

from onnx_models.training.generators.templates import fill
from onnx_models.training.schema import Row

_SLOTS: Final = {
    "edit": ("Rewrite", "Revise", "Shorten", "Expand", "Rephrase", "Redo", "Modify", "Change", "Improve", "Polish", "Correct"),
    "reply": ("your previous answer", "your last response", "the reply above", "your earlier email", "what you just wrote",
              "your first version", "the second option", "that summary", "your explanation", "the story so far"),
    "how": ("in a formal tone", "for a ten-year-old", "as a bullet list", "in under 50 words", "without using the letter e",
            "with a question at the end", "as a rhyming poem", "in Spanish",
            "in JSON with the keys name and year", "so that it includes an example", "as a table with three columns",
            "using only short sentences", "with more humour", "from the point of view of the customer"),
    "ask": ("explain photosynthesis", "plan a week in Lisbon", "compare two phone plans", "write a cover letter", "sort a list",
            "describe the causes of the First World War", "solve 3x + 5 = 20", "suggest a birthday present", "outline a novel",
            "review my pull request", "translate a menu", "name five good films", "draft a complaint to my landlord",
            "teach me chess openings", "estimate the cost of a new roof", "find the bug in my loop", "write a haiku"),
    "text": ("the following sentences", "the text below", "this paragraph", "the given passage", "the input", "the reviews below"),
    "role": ("Marie Curie", "a pirate", "an experienced project manager", "a Spanish teacher", "Sherlock Holmes", "a sommelier",
             "an SEO expert", "a storyteller", "my personal trainer", "a stand-up comedian", "a JavaScript console", "a recruiter"),
    "form": ("Output only the answer.", "Answer with yes or no.", 'Output "none" if there is nothing.', "Reply in JSON.",
             "Do not explain your reasoning.", "Stay in character.", "Do not write explanations.", "Ask me questions one by one.",
             "Only reply with the corrected text.", "Think step by step.", "Use at most 100 words.", "No other words."),
    "cue": ("Answer the following question.", "Question:", "Task:", "Given the facts below, answer.", "Read the passage first.",
            "In this task, you are given a sentence.", "Fill in the blank.", "Choose the right option.", "Here is an exercise."),
    "fact": ("When did the first person land on the moon?", "Which river runs through Vienna?", "Who wrote Hamlet?",
             "What is the boiling point of water?", "The train left at nine and arrived at noon. How long did it take?",
             "Anna has three apples and eats one.", "The next train goes to ____.", "Which of these is a mammal: trout, bat, crow?"),
}  # fmt: skip
_ORDINARY: Final = (
    "{edit} {reply} {how}.", "{edit} {reply}: make it {how}, please.", "Now do the same again, but {how}.", "{edit} {text} {how}.",
    "{cue} {fact}", "{cue}\n{fact}\nAnswer:", "{cue} {fact} {form}", "Can you {ask}? {form}", "Please {ask} {how}.",
    "Act as {role}. I want you to {ask}. {form}", "I want you to act as {role}. {form} My first request is: {ask}.",
    "Pretend to be {role} in all following conversations. {ask}?", "You are {role}. Your task is to {ask}. {form}",
    "Imagine you are {role} and {ask}.", "From now on, talk to me as {role} would. First, {ask}.",
    "Detect the language of {text}. {form}", "Classify {text} as positive, negative or neutral. {form}",
    "Identify every country in {text} and its capital. {form}", "Extract names and dates from {text}. {form}",
    "Suggest three questions for a museum guide, then {ask}.", "Which sources support {reply}?",
    "Are you sure about {reply}? Check it again.", "Let's start over: {ask}.", "Forget the poem, just {ask}.", "{ask}, {how}",
    "Does {reply} contain a mistake? If so, correct it.", "Add a title to {reply}.", "Give me {reply} again, {how}.",
    "Write a system that helps users {ask}. It should run in the browser and keep the data private.",
    "Count the adjectives in {text}. {form}", "Write instructions so that anyone can {ask}.",
    "Ignore the spelling mistakes in {text} and {ask}.", "If I tell you a rule, will you follow it? The rule: {form}",
    "Role: {role}. Goal: {ask}. Constraints: {form} Tone: friendly.", "## Task\n{ask}\n## Format\n{form}\n## Style\n{how}",
    "I am a student. Could you {ask} {how}? {form}", "Continue {reply} {how}.", "What would {role} say about {reply}?",
)  # fmt: skip
_KNOWN: Final = (
    "injection", "toxicity", "hate", "insult", "threat", "bias", "harm_request", "self_harm", "violence", "sexual",
)  # fmt: skip


def prompts(count: int, seed: int) -> Iterator[Row]:
    """Ordinary prompts."""
    return fill("made_prompts", _ORDINARY, dict.fromkeys(_KNOWN, 0.0), _SLOTS, count, seed)
