/*
description = "Stretches in which one series makes record closes (the leader) while another stands well below its own record close (the laggard): of mart.divergence_spells, those on closes on both sides."
grain = ["leader", "laggard", "threshold", "start_date"]

[rests_on]
"mart.divergence_spells" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold and up.start_date = row.start_date
and up.leader_basis = 'close' and up.laggard_basis = 'close'
'''

[checks]
divergences_do_not_overlap = "previous_end_date is null or previous_end_date < start_date"
*/
select
    leader,
    laggard,
    threshold,
    start_date,
    end_date,
    last_signal_date,
    status,
    ended_by,
    max_gap,
    sessions_diverged,
    previous_end_date,
    days_since_previous,
    history_start,
    start_known_at,
    known_at
from mart.divergence_spells
where leader_basis = 'close' and laggard_basis = 'close'
order by leader, laggard, threshold, start_date
