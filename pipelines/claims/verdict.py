"""Verdicts: how the answers under several definitions become one word (domain: the vocabulary of section 1).

    SUPPORTED, REFUTED        every definition that can answer agrees
    SUPPORTED_IF(…)           they do not: these say yes
    FORECAST_OPEN             it speaks of a time that had not passed
    RESOLVED_TRUE, _FALSE     it did when it was written, and has passed since
    ATTRIBUTION_ONLY          only a citation can say it, and one does
    NOT_TESTABLE              nobody publishes what would tell
    INSUFFICIENT_DATA         the tables cannot say

Owns nothing but these rules; the answers come from `evaluation.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

TRUE = ("SUPPORTED", "RESOLVED_TRUE", "ATTRIBUTION_ONLY")
SILENT = ("INSUFFICIENT_DATA", "NOT_TESTABLE")


@dataclass(frozen=True)
class Answer:
    """What one definition says: as the columns of a template (`pipelines.claims.template`)."""

    definition_id: str
    holds: bool | None
    resolves_at: datetime | None
    kind: str


def of_definition(answer: Answer, article_as_of: datetime, as_of: datetime) -> str:
    """The verdict of one definition on a claim made at `article_as_of`, as it could be known at `as_of`."""
    if answer.kind == "not_testable":
        return "NOT_TESTABLE"
    if answer.resolves_at is not None and answer.resolves_at > as_of:
        return "FORECAST_OPEN"
    if answer.holds is None:
        return "INSUFFICIENT_DATA"
    if answer.kind == "attribution":
        return "ATTRIBUTION_ONLY" if answer.holds else "REFUTED"
    if answer.resolves_at is not None and answer.resolves_at > article_as_of:
        return "RESOLVED_TRUE" if answer.holds else "RESOLVED_FALSE"
    return "SUPPORTED" if answer.holds else "REFUTED"


def of_claim(answers: Sequence[Answer], verdicts: Sequence[str]) -> str:
    """The verdict of the claim: of its definitions, context apart.

    Args:
        answers, verdicts: one a definition, in the same order.
    """
    counted = [(answer, said) for answer, said in zip(answers, verdicts, strict=True) if answer.kind != "context"]
    said = [word for _, word in counted if word not in SILENT]
    if "FORECAST_OPEN" in said:
        return "FORECAST_OPEN"
    if not said:
        return "NOT_TESTABLE" if counted and all(word == "NOT_TESTABLE" for _, word in counted) else "INSUFFICIENT_DATA"
    held = [answer.definition_id for answer, word in counted if word in TRUE]
    if held and len(held) < len(said):
        return f"SUPPORTED_IF({'; '.join(held)})"
    return said[0] if len(set(said)) == 1 else ("SUPPORTED" if held else "REFUTED")
