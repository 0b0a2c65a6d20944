"""Questions about documents that are given: does the answer stand in them, and word for word in quotations?

Some documents hold personal data: the gateway hides it from the model and restores it in the answer, and what
the model quotes must still be what the document says.
"""

from collections.abc import Iterator
from typing import NamedTuple

from evalsuites.generators import Case


class _Document(NamedTuple):
    holds: str
    text: str
    asked: tuple[tuple[str, str, str], ...]
    """Question, how the answer begins, and the fact that it must come to."""


_DOCUMENTS = (
    _Document(
        "plain",
        "The bridge over the Alden was opened in 1931. It is 412 metres long and carries two tracks.",
        (
            ("How long is the bridge?", "The bridge is", "412 metres"),
            ("When was the bridge opened?", "The bridge was opened in", "1931"),
        ),
    ),
    _Document(
        "plain",
        "Returns are accepted within 30 days. The customer pays the postage and has the money in a week.",
        (
            ("Until when are returns accepted?", "Returns are accepted within", "30 days"),
            ("Who pays the postage?", "The postage is paid by the", "customer"),
        ),
    ),
    _Document(
        "plain",
        "The reading room closes at six. On Thursdays it stays open until nine, and on Sundays it is shut.",
        (
            ("How long is the room open on Thursdays?", "On Thursdays it stays open until", "nine"),
            ("When does the reading room close?", "The reading room closes at", "six"),
        ),
    ),
    _Document(
        "plain",
        "Bake the bread at 230 degrees for 15 minutes, then at 200 degrees for another 25 minutes.",
        (
            ("How hot must the oven be at first?", "At first the oven must have", "230 degrees"),
            ("How long is the second step?", "In the second step it bakes for another", "25 minutes"),
        ),
    ),
    _Document(
        "plain",
        "The pump must be oiled every 400 hours. Use only oil of grade 46; any other voids the warranty.",
        (
            ("How often must the pump be oiled?", "The pump must be oiled every", "400 hours"),
            ("Which oil is used?", "Use only oil of grade", "46"),
        ),
    ),
    _Document(
        "personal",
        "Orders above 500 euros are signed by the buyer on duty, reachable at orders.desk7@example.org.",
        (
            ("Which orders are signed?", "The orders that are signed are above", "500 euros"),
            ("Where is the buyer reached?", "The buyer is reachable at", "orders.desk7@example.org"),
        ),
    ),
    _Document(
        "personal",
        "The keys are with the caretaker. Call +1 212-555-0148 before noon, or write to keys19@example.org.",
        (
            ("Who has the keys?", "The keys are with the", "caretaker"),
            ("Which number is to be called?", "Before noon call", "+1 212-555-0148"),
        ),
    ),
    _Document(
        "personal",
        "Refunds go to the account DE89370400440532013000 unless the customer names another within 10 days.",
        (
            ("How long may the customer take?", "The customer may name another account within", "10 days"),
            ("Which account is used?", "Refunds go to the account", "DE89370400440532013000"),
        ),
    ),
)
_QUOTE = 'root ::= " \\"" [^"\\n]{12,36} "\\""'


def cases() -> Iterator[Case]:
    """Two questions and a quotation a document."""
    for number, document in enumerate(_DOCUMENTS, 1):
        for place, (question, begins, fact) in enumerate(document.asked, 1):
            prompt = f"Document: {document.text}\n\nQuestion: {question}\nAnswer: {begins}"
            body = {"prompt": prompt, "stop": ["\n", ".\n", ". "], "max_tokens": 14}
            yield _case(f"d{number}-answer-{place}", document, body, "answer", question, fact)
        question = "What does the document say, word for word?"
        body = {
            "prompt": f'The text is "{document.text}" I say it again: the text is',
            "grammar": _QUOTE,
            "max_tokens": 24,
        }
        yield _case(f"d{number}-quote", document, body, "quote", question, document.text)


def _case(  # noqa: PLR0913, PLR0917 - the parts of a case
    identity: str, document: _Document, body: dict[str, object], task: str, question: str, fact: str
) -> Case:
    expect = {
        "contexts": [document.text],
        "question": question,
        "text": fact,
        **({"present": fact} if task == "answer" else {"present": [], "quotes": 1}),
    }
    return {
        "id": identity,
        "input": body,
        "expect": expect,
        "strata": {"task": task, "document": document.holds},
    }
