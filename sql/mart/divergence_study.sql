/*
description = "What came after a divergence over 30, 90 and 180 calendar days: of mart.divergence_horizon_study, what is in days."
grain = ["leader", "laggard", "threshold", "horizon_days"]

[columns]
horizon_days = "Calendar days over which returns are measured."

[rests_on]
"mart.divergence_horizon_study" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold
and up.horizon_unit = 'days' and up.horizon = row.horizon_days
'''

[checks]
n_is_stated = "n >= 0 and n_pending >= 0"
*/
select
    leader,
    laggard,
    threshold,
    horizon as horizon_days,
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
from mart.divergence_horizon_study
where horizon_unit = 'days'
order by leader, laggard, threshold, horizon_days
