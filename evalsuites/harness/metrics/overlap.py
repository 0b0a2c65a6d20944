"""Metrics of the overlap with reference texts, by the package ``sacrebleu`` (extra ``evals``).

Scores are those of one sentence; their mean is not the score of a corpus. They go from 0 to 1, where
sacrebleu says 0 to 100.
"""

from types import ModuleType

from evalsuites.harness.metrics.base import Unmeasured, expected
from evalsuites.harness.metrics.text import several
from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer


def bleu(case: Case, answer: Answer) -> Score:
    """Sentence BLEU against ``expect.text`` (Papineni et al. 2002); if short, by the n-grams it has."""
    scorer = _sacrebleu().BLEU(effective_order=True)
    return Score(scorer.sentence_score(answer.text, several(expected(case, "text"))).score / 100)


def chrf(case: Case, answer: Answer, *, word_order: int = 0) -> Score:
    """Character n-gram F-score against ``expect.text`` (Popović 2015); with ``word_order`` 2, chrF++."""
    scorer = _sacrebleu().CHRF(word_order=word_order)
    return Score(scorer.sentence_score(answer.text, several(expected(case, "text"))).score / 100)


def _sacrebleu() -> ModuleType:
    try:
        import sacrebleu.metrics
    except ImportError:
        raise Unmeasured("the package sacrebleu is not installed (pip install 'lictor[evals]')") from None
    return sacrebleu.metrics
