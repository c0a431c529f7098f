/*
description = "What both series did after each divergence over 30, 90 and 180 calendar days: of mart.divergence_horizons, those in days."
grain = ["leader", "laggard", "threshold", "start_date", "horizon_days"]

[columns]
horizon_days = "Calendar days from entry_date to the day the return is measured."

[rests_on]
"mart.divergence_horizons" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold and up.start_date = row.start_date
and up.horizon_unit = 'days' and up.horizon = row.horizon_days
'''

[checks]
exit_not_before_the_horizon = "exit_date is null or exit_date >= entry_date + horizon_days"
*/
select
    leader,
    laggard,
    threshold,
    start_date,
    horizon as horizon_days,
    entry_date,
    exit_date,
    forward_return,
    leader_forward_return,
    new_record_date,
    made_new_record,
    ratio_before,
    ratio_regained_date,
    regained_ratio,
    is_in_study,
    status,
    history_start,
    known_at
from mart.divergence_horizons
where horizon_unit = 'days'
order by leader, laggard, threshold, start_date, horizon_days
