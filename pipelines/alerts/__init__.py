"""Alerts: what somebody should hear of, each told once.

Owns what an alert is, its kinds, and the key that makes it the same alert whoever finds it, and however often. `news` finds
alerts in the published file, `journal` keeps them, `webhook` sends one, `watch` does the three in order. When to look is
the business of whoever calls: a Dagster sensor, a timer, a person.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

KINDS = {
    "run_failed": "A run of Dagster ended in failure.",
    "series_stale": "A series is not what it should be two hours after its release: stale, silent or refused.",
    "series_recovered": "A series that was reported stale holds what it should again.",
    "record_provisional": "A bar would set a record and is suspect: nobody has confirmed it yet.",
    "record_refuted": "A bar that would have set a record was not confirmed: it is kept, and left out of every running peak.",
    "value_quarantined": "A value, a settlement or an operation that cannot be: it is kept, and counts nowhere.",
    "record_set": "A record, on closes or intraday, of a bar beyond doubt.",
    "divergence_begun": "One series makes a record while another stands at least 20 % below its own.",
    "divergence_ended": "Such a stretch is over: the laggard recovered or the leader fell.",
    "operation_against_plan": "The Desk bought bills: this operation, and the cycle so far against what was planned.",
    "cycle_against_plan": "A monthly cycle of bill purchases is over: executed against planned.",
    "claim_verdict_changed": "A claim of an article is judged otherwise than at the moment asked before.",
}


@dataclass(frozen=True)
class Alert:
    """One thing to tell. `key` names it: two alerts of one kind and key are the same, and the second is not told.

    `subject` is what it is about (a series, a pair, a cycle, a run), `about_date` the day it is about, `text` one sentence for
    people, `facts` the figures behind it.
    """

    kind: str
    key: tuple[str, ...]
    subject: str
    about_date: date | None
    text: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind of alert {self.kind!r}; there are {', '.join(KINDS)}")

    @property
    def alert_id(self) -> str:
        """The digest of kind and key: the name of its file, and the idempotency key under which it is sent."""
        return hashlib.sha256(json.dumps([self.kind, *self.key]).encode()).hexdigest()[:32]
