"""Headlines and their defensible definitions: which queries answer "is it a record" and its like.

Owns the questions that `lockstep ask` knows and what is compared across the definitions of each. How they are asked and what
their agreement is called belongs to `pipelines.grid`; what the tables mean, to `sql/`.
"""

from collections import defaultdict
from collections.abc import Sequence

from pipelines.event_study import HORIZONS
from pipelines.grid import Definition, Line, Question

THRESHOLDS = (0.10, 0.15, 0.20, 0.25)
MEASURES = {"close": "close", "intraday": "high"}  # by basis, what a record of it is
WINDOWS = (0, 5, 10, 21)


def record(series_id: str) -> Question:
    """Is the last session a record? By close, by high, over 52 weeks, with ties, and by the close of another vendor."""
    state = f"from mart.drawdowns where series_id = '{series_id}' order by session_date desc limit 1"
    close, high = (
        "'close ' || format('{:,.2f}', close)",
        "'high ' || format('{:,.2f}', high) || ', record high ' || format('{:,.2f}', running_peak_intraday)",
    )
    bases = {
        "all-time, close, strict": ("close", "is_record_close", close, state),
        "all-time, close, a tie counts": ("close", "is_record_close or is_tie_close", close, state),
        "all-time, intraday high, strict": ("intraday", "is_record_high", high, state),
        "52 weeks (365 days), close": ("close", "is_52w_high_close", close, state),
        "all-time, close, another vendor": ("close", "is_at_record_close", f"series_id || ', ' || {close}", _second_reading(series_id)),
    }
    found = (
        Definition(
            name,
            f"select {test} as verdict, case when {test} then 'yes' when not ({test}) then 'no' else 'cannot say' end as answer, "
            f"session_date || ' ' || {figures} as detail {table}",
            basis,
        )
        for name, (basis, test, figures, table) in bases.items()
    )
    return Question(f"Is {series_id} at a record?", tuple(found))


def drawdown(series_id: str) -> Question:
    """How far below its record? By what is compared with what; the verdict is the whole percent that a headline prints."""
    state = f"from mart.drawdowns where series_id = '{series_id}' order by session_date desc limit 1"
    kinds = {
        "close below the record close": ("close", "drawdown", state),
        "close below the record high (what the press quotes)": ("intraday", "drawdown_from_intraday_peak", state),
        "low below the record high": ("intraday", "drawdown_low", state),
        "close below the record close, another vendor": ("close", "drawdown", _second_reading(series_id)),
    }
    found = (
        Definition(
            name,
            f"select round(100 * {column})::integer as verdict, printf('%.2f %%', 100 * {column}) as answer, "
            f"series_id || ' ' || session_date as detail {table}",
            basis,
        )
        for name, (basis, column, table) in kinds.items()
    )
    return Question(f"How far is {series_id} below its record?", tuple(found))


def divergence(leader: str, laggard: str) -> Question:
    """Leader at a record while the laggard is well below: when did it last begin, and the first time since when?

    By threshold, on closes and on highs.
    """
    both = f"select count(*) as n from core.series where series_id in ('{leader}', '{laggard}') and is_compared"
    found = (
        Definition(
            f"laggard {threshold:.0%} or more below its record {measure}",
            "select coalesce(year(found.start_date) || coalesce(' since ' || year(found.previous_end_date), ', none before'), 'never') "
            "as verdict, "
            "case when found.start_date is null then 'never while both were known' "
            "else coalesce('first since ' || found.previous_end_date, 'none before, since ' || found.history_start) end as answer, "
            "'began ' || found.start_date || ', ' || found.status || coalesce(' ' || found.end_date, '') as detail, "
            "year(found.previous_end_date) as since_year "
            f"from ({both}) as known left join (select * from mart.divergence_spells "
            f"where leader = '{leader}' and laggard = '{laggard}' and leader_basis = '{basis}' and laggard_basis = '{basis}' "
            f"and threshold = {threshold} order by start_date desc limit 1) as found on true where known.n = 2",
            basis,
        )
        for basis, measure in MEASURES.items()
        for threshold in THRESHOLDS
    )
    return Question(f"{leader} at records while {laggard} lags: first since when?", tuple(found), words=_first_since)


def _first_since(lines: Sequence[Line]) -> str:
    """On each basis, how many different years the thresholds give, and which."""
    on = {basis: [line for line in lines if line.definition.basis == basis] for basis in MEASURES}
    told = {MEASURES[basis]: _years(found) for basis, found in on.items() if found}
    return "\n".join(f"By record {measure}: {years}" for measure, years in told.items() if years)


def _years(lines: Sequence[Line]) -> str:
    given: dict[str, list[str]] = defaultdict(list)
    for threshold, line in zip(THRESHOLDS, lines, strict=True):
        if line.verdict is not None:
            never = "never" if line.verdict == "never" else "none before"
            given[str(line.row["since_year"] or never)].append(f"{threshold:.0%}")
    if not given:
        return ""
    years = sum(year.isdigit() for year in given)
    counted = f"{sum(map(len, given.values()))} thresholds, {years or 'no'} {'different years' if years > 1 else 'year'}"
    return f"{counted}: {'; '.join(f'{year} at {_listed(at)}' for year, at in given.items())}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def co_highs(*members: str) -> Question:
    """Do records of one come with records of the other? By window and basis; the verdict is significance at 5 %, by cluster.

    Of three series or more: how many of them are at a record together on the last session, which, and which had no price.
    """
    return _pair(*members) if len(members) == 2 else _together(members)


def _together(members: Sequence[str]) -> Question:
    """Who of a set is at a record within the window, on each basis; the verdict is how many of how many with a price."""
    names = ", ".join(f"'{name}'" for name in members)
    found = (
        Definition(
            f"on the session{f' or in the {window} before' if window else ''}, {basis}",
            "select len(high) || ' of ' || len(there) as verdict, verdict || ' at a record' as answer, "
            "session_date || ': ' || coalesce(nullif(array_to_string(high, ', '), ''), 'none') "
            "|| coalesce('; not ' || nullif(array_to_string(list_filter(there, lambda one: one not in high), ', '), ''), '') "
            "|| coalesce('; missing for want of a price ' || nullif(array_to_string(lacking, ', '), ''), '') "
            "|| coalesce('; all together last ' || last_together, '; never all together') as detail "
            "from (select session_date, list_filter(names, lambda one: one in members) as high, "
            "list_filter(names, lambda one: one in missing) as lacking, list_filter(names, lambda one: one not in missing) as there, "
            "max(session_date) filter (where list_has_all(members, names)) over () as last_together "
            f"from mart.co_high_sets, (select [{names}] as names) where basis = '{basis}' and window_sessions = {window}) "
            "order by session_date desc limit 1",
            basis,
            f"{window} sessions",
        )
        for basis in MEASURES
        for window in WINDOWS
    )
    return Question(f"How many of {', '.join(members)} are at a record together?", tuple(found))


def _pair(a: str, b: str) -> Question:
    """Do records of one come with records of the other?"""
    found = (
        Definition(
            f"within {window} sessions, {basis}",
            "select p_headline <= 0.05 as verdict, "
            "coalesce(format('{:,} of {:,}', n_coincident, n_a) || "
            "printf(' records (%.1f %%), base rate %.1f %%', 100 * rate, 100 * base_rate), "
            "status) as answer, printf('lift %.2f; p by cluster %.3f, if returns are shifted %.3f, "
            "by record %.3f, if independent %.1e', lift, p_cluster_shift, p_cluster_return_shift, p_shift, p_bernoulli) "
            "|| format('; {:,} of {:,} clusters; {:,} pending', clusters_coincident, n_a_clusters, n_pending) "
            "|| case when status = 'ok' then '' else '; ' || status end as detail "
            f"from mart.co_highs where series_a = '{a}' and series_b = '{b}' and window_sessions = {window} and basis = '{basis}' "
            "order by start_date limit 1",
            basis,
            f"{window} sessions",
        )
        for basis in MEASURES
        for window in WINDOWS
    )
    return Question(f"Do records of {a} come with records of {b}?", tuple(found), "co_highs", (a, b))


def catch_up(leader: str, laggard: str) -> Question:
    """Did the laggard close at a record within the horizon more often than on days as far below? By threshold and horizon.

    Horizons are in calendar days and in sessions of New York.
    """
    found = (
        Definition(
            f"{threshold:.0%} below, record within {horizon} {unit}",
            "select case when n > 0 then share_new_record > matched_share_new_record end as verdict, "
            "case when n > 0 then printf('%.0f %% of ', 100 * share_new_record) || format('{:,} events', n) else status end as answer, "
            "printf('days as far below: %.0f %%; median return %.1f %% against %.1f %%', "
            "100 * matched_share_new_record, 100 * median, 100 * matched_median) "
            "|| coalesce(printf('; p %.2f', p_permutation_matched), '; ' || status) || format('; {:,} pending', n_pending) as detail "
            f"from mart.divergence_horizon_study where leader = '{leader}' and laggard = '{laggard}' and threshold = {threshold} "
            f"and horizon_unit = '{unit}' and horizon = {horizon} limit 1",
            within=f"{horizon} {unit}",
        )
        for threshold in (0.10, 0.20)
        for unit, horizons in HORIZONS.items()
        for horizon in horizons
    )
    headline = f"Did {laggard} catch up after {leader} went ahead?"
    otherwise = f"for highs ask when they parted: lockstep ask divergence {leader} {laggard} --basis intraday"
    return Question(headline, tuple(found), "divergence_horizon_study", (leader, laggard), otherwise=otherwise)


def _second_reading(series_id: str) -> str:
    return f"from mart.market_state where second_reading_of = '{series_id}' order by series_id limit 1"
