"""One look: find what is new, keep it in the journal, send what was not delivered yet. In this order, so that a crash loses nothing.

Killed before the send, the alert lies in the journal and is sent at the next look; killed between the send and its mark, it
is sent again under the same idempotency key, and the receiver drops it.

Owns the order, the grace a series has after its release, and when an alert is given up. Called by a Dagster sensor every
few minutes, by `lockstep alerts --look`, by a timer: the journal lets only one of them in at a time.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipelines import settings, status
from pipelines.alerts import Alert, news
from pipelines.alerts.journal import Journal
from pipelines.alerts.webhook import Undelivered, Webhook
from pipelines.folder import DataFolder
from pipelines.status import Freshness
from pipelines.warehouse import Published

GRACE = timedelta(hours=2)  # the longest way from a release to a tick that asks for it, and its run, is under one
FIRST_LOOK_BACK = timedelta(days=1)  # a watch that begins tells the news of the day before, not of a century
GIVEN_UP_AFTER = timedelta(days=2)
BUDGET = 20.0  # seconds of sending at one look: a sensor of Dagster has sixty


@dataclass
class Look:
    """What one look found and did. `trouble` says why alerts wait, where some do."""

    raised: list[Alert] = field(default_factory=list)
    delivered: int = 0
    waiting: int = 0
    trouble: str | None = None
    freshness: list[Freshness] = field(default_factory=list)


def look(folder: DataFolder, now: datetime, webhook: Webhook | None) -> Look:
    """Find, keep and send; `now` is the folder's clock (UTC).

    Raises:
        JournalError: another process is at it, or a file of the journal is damaged.
        WarehouseError: the published file cannot be read.
    """
    journal, done = folder.journal, Look()
    with journal.held():
        done.freshness = freshness(folder, now)
        told = [raised.alert for raised in journal.read()]
        done.raised = _enter(journal, [*news.stale(done.freshness), *news.recovered(told, done.freshness)], now)
        try:  # a file that an older version published may lack a column: who waits for a stale series hears of it all the same
            done.raised += _enter(journal, news.published(folder.market, journal.watched_from(now - FIRST_LOOK_BACK)), now)
        finally:
            if webhook is not None:
                _deliver(journal, webhook, now, done)
    return done


def _enter(journal: Journal, found: list[Alert], now: datetime) -> list[Alert]:
    return [alert for alert in found if journal.enter(alert, now)]


def freshness(folder: DataFolder, now: datetime) -> list[Freshness]:
    """The freshness of every series by the published file, GRACE after each release; nothing where nothing was published."""
    return status.freshness(Published(folder.market), now - GRACE) if folder.market.exists() else []


def configured() -> Webhook | None:
    """The webhook of the settings, if one is set.

    Raises:
        ValueError: the settings name one that must not be used.
    """
    found = settings.webhook()
    return Webhook(*found) if found else None


def _deliver(journal: Journal, webhook: Webhook, now: datetime, done: Look) -> None:
    """Send what waits, oldest first; a receiver that is down is left alone until the next look, what it refuses is passed over."""
    waiting = [raised for raised in journal.read() if raised.outcome is None]
    began = time.monotonic()
    for raised in waiting:
        if time.monotonic() - began > BUDGET:
            break
        try:
            journal.close(raised.alert, "delivered", webhook.send(raised.alert, raised.raised_at), now)
            done.delivered += 1
        except Undelivered as error:
            done.trouble = str(error)
            if now - raised.raised_at > GIVEN_UP_AFTER:
                journal.close(raised.alert, "abandoned", f"not delivered within {GIVEN_UP_AFTER.days} days: {error}", now)
            if error.is_down:
                break
    done.waiting = sum(raised.outcome is None for raised in journal.read())
