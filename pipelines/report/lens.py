"""The section on one pair: when the first made records without the second, and what followed."""

import polars as pl

from pipelines import studies
from pipelines.report import pictures, wording
from pipelines.report.figure import Figure, Section, Table, age, asked, drawn
from pipelines.report.published import Answer, Published
from pipelines.report.records import month_ends

HORIZONS = (30, 90, 180)  # calendar days after the first close that could be traded on knowing of it
FEW = 5  # under so many events a share says next to nothing


def section(published: Published, leader: str, laggard: str) -> Section:
    """The pair under the lens."""
    first, second = (published.names[name] for name in (leader, laggard))
    events = published.ask(_events(leader, laggard))
    figures = (_lens(published, leader, laggard, events), _followed(published, leader, laggard, events))
    return Section("pair", f"{first} and {second}", figures)


def _events(leader: str, laggard: str) -> str:
    """Every divergence of the pair with what followed, one row for each horizon."""
    return f"""select events.start_date, events.end_date, events.status, events.ended_by, events.max_gap, events.sessions_diverged,
    events.history_start, outcomes.horizon_days, outcomes.forward_return, outcomes.leader_forward_return, outcomes.new_record_date,
    outcomes.is_in_study, outcomes.status as outcome, events.start_known_at as known_at
from mart.divergences as events
left join mart.divergence_outcomes as outcomes using (leader, laggard, threshold, start_date)
where events.leader = '{leader}' and events.laggard = '{laggard}' and events.threshold = {pictures.THRESHOLD}
order by events.start_date, outcomes.horizon_days"""


def _lens(published: Published, leader: str, laggard: str, events: Answer) -> Figure:
    picture = pictures.pair(leader, laggard)
    answers = asked(published, picture)
    curves = published.named(answers[0].rows, "series_id")
    shaded = published.named(answers[1].rows, "leader", "laggard")
    title = _title(published, leader, laggard, events.rows)
    note = "Shaded: the stretches of the last twelve years in which the one made records while the other stood far below its own."
    return Figure(
        key="pair",
        title=title,
        age=age(answers[:1], "session_date", published),
        queries=tuple(each.sql for each in answers),
        drawings=drawn(picture, [curves, shaded], "pair", f"Two lines with shaded stretches. {title}.", published.label),
        note=note,
        folded=(month_ends(curves, "Distance from the record close at the last session of each month"),) if curves.height else (),
    )


def _title(published: Published, leader: str, laggard: str, rows: pl.DataFrame) -> str:
    first, second = (published.names[name] for name in (leader, laggard))
    what = f"{first} made records while {second} stood {wording.percent(pictures.THRESHOLD, 0)} or more below its own"
    if rows.is_empty():
        return f"Never, as far as is known at this moment, {what}"
    events = rows.unique("start_date", keep="first", maintain_order=True)
    last = events.row(-1, named=True)
    end = "and lasts" if last["end_date"] is None else f"and ended on {wording.day(last['end_date'])}"
    times = wording.counted(events.height, "time", "times")
    return f"{times} since {last['history_start']:%B %Y} {what}; the last began on {wording.day(last['start_date'])} {end}"


def _followed(published: Published, leader: str, laggard: str, events: Answer) -> Figure:
    study = _study(published, leader, laggard)
    rows = study.rows.sort("horizon_days").to_dicts()
    second = published.names[laggard]
    return Figure(
        key="followed",
        title=_followed_title(rows, second),
        age=age((events,), "start_date", published),
        queries=(events.sql, study.sql),
        note="" if rows else "Too little is known of this pair to say what followed.",
        tables=tuple(filter(None, (_every_event(events.rows, published, leader, laggard), _summary(rows, second)))),
    )


def _study(published: Published, leader: str, laggard: str) -> Answer:
    """What the study says of the pair; computed now where nothing was stored by the moment, as `lockstep ask` does."""
    sql = f"""select horizon_days, n, n_pending, median, ci_low, ci_high, share_positive, share_new_record, matched_n, matched_median,
    matched_share_new_record, p_permutation_matched, status
from mart.divergence_study
where leader = '{leader}' and laggard = '{laggard}' and threshold = {pictures.THRESHOLD}
order by horizon_days"""
    moment = published.as_of
    if moment is None or studies.was_evaluated(published.market, "divergence_horizon_study", moment):
        return published.ask(sql)
    rows = studies.computed(published.market, "divergence_horizon_study", (leader, laggard), moment)
    in_days = rows.filter(pl.col("horizon_unit") == "days").rename({"horizon": "horizon_days"})
    of_pair = (pl.col("leader") == leader) & (pl.col("laggard") == laggard) & (pl.col("threshold") == pictures.THRESHOLD)
    noted = f"{studies.as_of(sql, moment)}\n-- nothing stored by then: computed now from what was known then"
    return Answer(noted, in_days.filter(of_pair))


def _followed_title(rows: list[dict], laggard: str) -> str:
    complete = [row for row in rows if row["n"]]
    if not complete:
        return "What followed cannot be said: no event is complete yet (n = 0)"
    row = complete[-1]
    new = round(row["share_new_record"] * row["n"])
    days = wording.percent(row["matched_share_new_record"], 0)
    caution = f" With n = {row['n']} that says little." if row["n"] < FEW else ""
    return (
        f"Within {row['horizon_days']} days {laggard} closed at a new record after {new} of {row['n']} such events; "
        f"after all days on which it stood as far below, {days} of the time.{caution}"
    ).removesuffix(".")


def _every_event(rows: pl.DataFrame, published: Published, leader: str, laggard: str) -> Table | None:
    if rows.is_empty():
        return None
    first, second = (published.names[name] for name in (leader, laggard))
    columns = {"Began": "day", "Ended": "day", "Because": "text", "Widest gap": "number"}
    columns |= {f"{second}, {days} days on": "number" for days in HORIZONS}
    columns |= {f"{first}, {HORIZONS[-1]} days on": "number", "New record": "day"}
    groups = rows.partition_by("start_date", maintain_order=True)
    counted = sum(bool(group["is_in_study"].any()) for group in groups)
    return Table(
        caption=f"Every event, n = {len(groups)}; {counted} count, for one that begins within 60 days of another is not independent",
        columns=columns,
        rows=[_event(group.to_dicts()) for group in reversed(groups)],
    )


def _event(rows: list[dict]) -> tuple[str, ...]:
    by_horizon = {row["horizon_days"]: row for row in rows}
    row = rows[0]
    ended = wording.day(row["end_date"]) or "lasts", row["ended_by"] or ""
    counts = "" if row["is_in_study"] else " (not counted)"
    after = [_outcome(by_horizon.get(days), "forward_return") for days in HORIZONS]
    led = _outcome(by_horizon.get(HORIZONS[-1]), "leader_forward_return")
    began = f"{wording.day(row['start_date'])}{counts}"
    return (began, *ended, wording.percent(row["max_gap"]), *after, led, wording.day(row["new_record_date"]) or "none yet")


def _outcome(row: dict | None, column: str) -> str:
    if row is None or row["outcome"] is None:
        return "unknown"
    return wording.percent(row[column]) if row[column] is not None else row["outcome"]


def _summary(rows: list[dict], laggard: str) -> Table | None:
    if not rows:
        return None
    numbers = ("n", "Pending", "New record", "On days as far below", "Median return", "95 % interval", "Days as far below, median", "p")
    return Table(
        caption=f"{laggard} after such events against all days on which it stood as far below",
        columns={"Horizon": "text", **dict.fromkeys(numbers, "number")},
        rows=[_horizon(row) for row in rows],
    )


def _horizon(row: dict) -> tuple[str, ...]:
    interval = f"{wording.percent(row['ci_low'], 0)} to {wording.percent(row['ci_high'], 0)}" if row["ci_low"] is not None else ""
    return (
        f"{row['horizon_days']} days",
        str(row["n"]),
        str(row["n_pending"]),
        wording.percent(row["share_new_record"], 0),
        wording.percent(row["matched_share_new_record"], 0),
        wording.percent(row["median"]),
        interval,
        wording.percent(row["matched_median"]),
        wording.amount(row["p_permutation_matched"], 2),
    )
