/*
description = "What came after a divergence, over horizons in calendar days and in sessions of New York: forward returns of the laggard, with n, an interval, a permutation p, and two benchmarks (all days, and days on which it stood as far below). Those in days are mart.divergence_study."
grain = ["leader", "laggard", "threshold", "horizon_unit", "horizon"]

[rests_on]
"study.divergence_horizon_study" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold
and up.horizon_unit = row.horizon_unit and up.horizon = row.horizon
and up.known_at = (
    select max(s.known_at) from study.divergence_horizon_study as s
    where s.leader = row.leader and s.laggard = row.laggard and s.threshold = row.threshold
        and s.horizon_unit = row.horizon_unit and s.horizon = row.horizon
)
'''

[checks]
n_is_stated = "n >= 0 and n_pending >= 0"
no_event_no_number = "n > 0 or median is null"
share_positive_is_a_share = "share_positive is null or share_positive between 0 and 1"
interval_in_order = "ci_low is null or ci_low <= ci_high"
unit_is_known = "horizon_unit in ('days', 'sessions')"
*/
with newest as (
    select *
    from study.divergence_horizon_study
    qualify row_number() over (partition by leader, laggard, threshold, horizon_unit, horizon order by known_at desc) = 1
)
select
    leader,
    laggard,
    threshold,
    horizon_unit,
    horizon,
    n,
    n_pending,
    mean,
    median,
    share_positive,
    share_new_record,
    share_regained_ratio,
    ci_low,
    ci_high,
    p_permutation,
    benchmark_n,
    benchmark_median,
    benchmark_share_positive,
    benchmark_share_new_record,
    matched_n,
    matched_median,
    matched_share_positive,
    matched_share_new_record,
    p_permutation_matched,
    seed,
    status,
    known_at
from newest
where status is not null
order by leader, laggard, threshold, horizon_unit, horizon
