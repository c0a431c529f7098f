"""What goes wrong on which day: drawn from a seed, so that a bad day can be had again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipelines import models
from tests.loopback.faults import FAULTS

SERIES = (
    *("sp500", "gold", "fed_total_assets", "on_rrp", "treasury_general_account", "treasury_cash_daily"),
    *("treasury_outright_operations", "btc_usd_coinbase", "btc_usd_kraken", "btc_usd_coinmetrics"),
)  # every vendor's format
FIRST_DAY = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
RARE = {"50_mb_of_nothing": 0.2, "gzip_bomb": 0.2, "slow_bytes": 0.3, "silence": 0.3}  # they take seconds each
LAST_BUILT = f"built {models.load()[-1].name}"
PHASES = ("", "asked", "read", "built core", "built mart", LAST_BUILT)  # a kill comes after a line that begins so
SPOILT, KILLED, UNTRUSTED, FULL = 0.25, (0.50, 0.35, 0.10, 0.05), 0.05, 0.08  # chances; of no, one, two, three kills a day


@dataclass(frozen=True)
class Kill:
    """A SIGKILL so many seconds after the run has said a line that begins with `phase`."""

    phase: str
    after: float


@dataclass(frozen=True)
class Day:
    """One day: when it is, which answers are spoilt (by fault, and how many of them; None is all day), what befalls its runs.

    `is_given_up`: after the last kill nobody starts the run again. `is_untrusted`: the vendors show a bad certificate.
    `free_bytes`: what the disk has left in the day's first run.
    """

    number: int
    clock: datetime
    faults: dict[str, tuple[str, int | None]]
    kills: tuple[Kill, ...] = ()
    is_given_up: bool = False
    is_untrusted: bool = False
    free_bytes: int | None = None


def days(count: int, seed: int) -> Iterator[Day]:
    """`count` days, and a last one without a fault, on which everything is asked again.

    On the first day runs are killed but answers are good: what a first answer says wrongly but possibly (another unit, a year
    less) nothing that is held can contradict.
    """
    draw = random.Random(seed)
    for number in range(count):
        clock = FIRST_DAY + timedelta(days=number)
        kills = tuple(_kill(draw) for _ in range(draw.choices(range(4), KILLED)[0]))
        if number == 0:
            yield Day(number, clock, {}, kills or (_kill(draw),))
            continue
        spoilt = {name: _fault(draw) for name in SERIES if draw.random() < SPOILT}
        full = draw.choice((0, draw.randrange(2**20), draw.randrange(40 * 2**20))) if draw.random() < FULL else None
        yield Day(number, clock, spoilt, kills, bool(kills) and draw.random() < 0.2, draw.random() < UNTRUSTED, full)
    yield Day(count, FIRST_DAY + timedelta(days=count), {})


def _kill(draw: random.Random) -> Kill:
    return Kill(draw.choice(PHASES), draw.random() ** 2 * 1.5)


def _fault(draw: random.Random) -> tuple[str, int | None]:
    name = draw.choices(list(FAULTS), [RARE.get(name, 1.0) for name in FAULTS])[0]
    return name, draw.choice((1, 2, None))
