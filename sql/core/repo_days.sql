/*
description = "Repo and reverse repo of the Desk by day: all operations of a day and direction together, small-value exercises left out. A day of which one is quarantined has no sum, and no row."
grain = ["operation_date", "direction"]

[columns]
n_operations = "Operations with results behind the sums."
last_close_time = "New York time at which bidding in the last of them closed; null where none says."
last_maturity_date = "Day on which the last of them is unwound."
operation_ids = "The Desk's ids of the operations, in order."

[rests_on]
"core.fed_operations" = '''
up.family = 'repo' and up.status in ('results', 'quarantined') and not up.is_small_value
and up.operation_date = row.operation_date and up.direction = row.direction
'''

[checks]
there_is_an_operation = "n_operations > 0 and operation_ids is not null"
accepted_in_all_is_not_above_submitted = "accepted_usd_bn >= 0 and accepted_usd_bn <= submitted_usd_bn"
*/
select
    operation_date,
    direction,
    count(*) as n_operations,
    sum(submitted_usd_bn::decimal(18, 9))::double as submitted_usd_bn, -- exact: the order of addition must not show
    sum(accepted_usd_bn::decimal(18, 9))::double as accepted_usd_bn,
    max(close_time) as last_close_time,
    max(maturity_date) as last_maturity_date,
    string_agg(operation_id, ', ' order by operation_id) as operation_ids,
    max(known_at) as known_at
from core.fed_operations
where family = 'repo' and status in ('results', 'quarantined') and not is_small_value
group by operation_date, direction
having bool_and(status = 'results')
order by operation_date, direction
