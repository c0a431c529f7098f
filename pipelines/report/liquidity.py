"""The section on liquidity: what the Fed decided, planned and did, and net liquidity under its definitions."""

import polars as pl

from pipelines.report import pictures, wording
from pipelines.report.figure import Figure, Section, Table, age, asked, drawn
from pipelines.report.published import Answer, Published

# What a reader follows as a story; single operations and settlements stand in the folded table.
STORY = ("FOMC_DECISION", "PURCHASE_PLAN", "BALANCE_SHEET_POLICY", "IMPLEMENTATION_NOTE", "DESK_STATEMENT", "FACILITY_CHANGE")
STORY += ("SPEECH", "MINUTES")
EVENTS = f"""select event_at, effective_date, type, title, status, amount_usd_bn, planned_usd_bn, executed_usd_bn,
    net_liquidity_before_usd_bn, net_liquidity_after_usd_bn, source_url, known_at
from mart.liquidity_timeline
where event_at::date >= (select max(date) - {pictures.YEAR} from mart.net_liquidity)
order by event_at, event_id"""
PLANNED = "select arg_max(amount_usd_bn, event_at) as planned from mart.liquidity_timeline where type = 'PURCHASE_PLAN'"
NOTHING = "No net liquidity was known at this moment."


def section(published: Published) -> Section:
    """Plans, operations and levels."""
    return Section("liquidity", "Liquidity", (_timeline(published), _purchases(published), _levels(published)))


def _timeline(published: Published) -> Figure:
    picture = pictures.liquidity_timeline()
    answers = asked(published, picture)
    events = published.ask(EVENTS)
    title = _timeline_title(answers[0].rows)
    return Figure(
        key="timeline",
        title=title,
        age=age((answers[0],), "date", published),
        queries=(*(each.sql for each in answers), events.sql),
        drawings=drawn(picture, [each.rows for each in answers], "timeline", f"A line above, bars below. {title}.", published.label),
        note="The Wednesday levels, with the days of decisions; below, the purchases of the Desk on the day they settled.",
        tables=(_told("What was decided and announced", events.rows.filter(pl.col("type").is_in(STORY))),),
        folded=(_told("Every event, single operations and settlements too", events.rows), _weeks(answers[0])),
    )


def _timeline_title(levels: pl.DataFrame) -> str:
    if levels.height < 2:
        return NOTHING
    first, last = levels.row(0, named=True), levels.row(-1, named=True)
    change = last["net_liquidity_usd_bn"] - first["net_liquidity_usd_bn"]
    return (
        f"Net liquidity stood at {wording.amount(last['net_liquidity_usd_bn'], 0)} bn USD on {wording.day(last['date'])}, "
        f"{wording.signed(change, 0)} bn since {wording.day(first['date'])}"
    )


def _told(caption: str, events: pl.DataFrame) -> Table:
    numbers = ("Amount", "Plan", "Done", "Net liquidity before", "After")
    amounts = "amount_usd_bn", "planned_usd_bn", "executed_usd_bn"
    return Table(
        caption=f"{caption}, USD bn; the newest first",
        columns={"When (UTC)": "day", "What": "prose", "Status": "text", **dict.fromkeys(numbers, "number")},
        rows=[
            (
                f"{row['event_at']:%Y-%m-%d %H:%M}",
                row["title"],
                row["status"],
                *(wording.amount(row[name], 3) for name in amounts),
                wording.amount(row["net_liquidity_before_usd_bn"]),
                wording.amount(row["net_liquidity_after_usd_bn"]),
            )
            for row in events.reverse().iter_rows(named=True)
        ],
    )


def _weeks(levels: Answer) -> Table:
    rows = [(wording.day(row["date"]), wording.amount(row["net_liquidity_usd_bn"])) for row in levels.rows.reverse().iter_rows(named=True)]
    return Table("Net liquidity on Wednesdays, USD bn", {"Wednesday": "day", "Net liquidity": "number"}, rows)


def _purchases(published: Published) -> Figure:
    picture = pictures.purchases()
    answers = asked(published, picture)
    rows = answers[0].rows
    title = _purchases_title(rows, published)
    return Figure(
        key="purchases",
        title=title,
        age=age(answers, "last_operation_date", published),
        queries=tuple(each.sql for each in answers),
        drawings=drawn(picture, [rows], "purchases", f"Bars and lines by monthly cycle. {title}.", published.label),
        note="The Desk does not say which purchase manages reserves and which reinvests: the bar holds both, the line is the plan of "
        "the first.",
        tables=(_cycles(rows),) if rows.height else (),
    )


def _purchases_title(rows: pl.DataFrame, published: Published) -> str:
    bought = rows.filter(pl.col("n_operations") > 0)
    if bought.is_empty():
        plan = published.ask(PLANNED).rows["planned"][0]
        announced = f"bills for {wording.amount(plan, 0)} bn USD were announced" if plan else "no amount was announced"
        return f"No bill of the programme was bought by this moment; {announced}"
    operations = wording.counted(int(bought["n_operations"].sum()), "operation", "operations")
    return (
        f"Since {wording.day(min(bought['first_operation_date'].to_list()))} the Desk bought bills for "
        f"{wording.amount(max(bought['cumulative_usd_bn'].to_list()), 0)} bn USD in {operations}"
    )


def _cycles(rows: pl.DataFrame) -> Table:
    numbers = dict.fromkeys(("Operations", "Announced", "Bought", "Settled", "Of it reinvestment"), "number")
    return Table(
        caption="Bill purchases by monthly cycle, USD bn: the plan beside its execution",
        columns={"Cycle": "day", **numbers, "How it is known": "text", "Bought so far": "number"},
        rows=[
            (
                f"{wording.day(row['cycle_start'])} to {wording.day(row['cycle_end']) or '?'}" + ("" if row["is_complete"] else " (runs)"),
                str(row["n_operations"]),
                wording.amount(row["planned_usd_bn"]) or "not told",
                *(wording.amount(row[name], 3) for name in ("executed_usd_bn", "settled_usd_bn", "reinvestment_usd_bn")),
                row["split"],
                wording.amount(row["cumulative_usd_bn"], 3),
            )
            for row in rows.iter_rows(named=True)
        ],
    )


def _levels(published: Published) -> Figure:
    picture = pictures.net_liquidity()
    answers = asked(published, picture)
    rows = answers[0].rows
    title = _levels_title(rows)
    return Figure(
        key="levels",
        title=title,
        age=age(answers, "date", published),
        queries=tuple(each.sql for each in answers),
        drawings=drawn(picture, [rows], "levels", f"A line for each definition. {title}.", published.label),
        note="Net liquidity is total assets of the Fed less the account of the Treasury less overnight reverse repo: a heuristic, "
        "not an aggregate that the Fed publishes. The daily line is an estimate between two Wednesdays.",
        folded=(_definitions(rows),) if rows.height else (),
    )


def _levels_title(rows: pl.DataFrame) -> str:
    """The newest week that both weekly definitions know, and whether they agree on its sign."""
    weekly = rows.filter(pl.col("definition").is_in(["wednesday", "week_average"]) & pl.col("change_usd_bn").is_not_null())
    both = weekly.filter(pl.len().over("date") == 2).sort("date")
    if both.is_empty():
        return NOTHING
    changes = dict(both.tail(2).select("definition", "change_usd_bn").iter_rows())
    wednesday, average = changes["wednesday"], changes["week_average"]
    agree = "the definitions agree in sign" if average * wednesday > 0 else "the definitions disagree in sign"
    return (
        f"In the week to {wording.day(both['date'].to_list()[-1])} net liquidity changed by {wording.signed(wednesday)} bn USD "
        f"from Wednesday to Wednesday and by {wording.signed(average)} bn as an average of the week: {agree}"
    )


def _definitions(rows: pl.DataFrame) -> Table:
    names = sorted(set(rows["definition"]))
    weekdays = rows.filter(pl.col("date").is_in(rows.filter(pl.col("definition") != "daily_estimate")["date"].implode()))
    wide = weekdays.pivot("definition", index="date", values="net_liquidity_usd_bn").sort("date", descending=True)
    return Table(
        caption="Net liquidity on Wednesdays under each definition, USD bn",
        columns={"Wednesday": "day", **dict.fromkeys(names, "number")},
        rows=[(wording.day(row["date"]), *(wording.amount(row.get(name)) for name in names)) for row in wide.iter_rows(named=True)],
    )
