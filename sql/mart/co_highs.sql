/*
description = "Do records of one series come with records of another? Every ordered pair, basis and window, with the base rate, four nulls side by side (clusters are the headline) and what is pending at the edges."
grain = ["series_a", "series_b", "basis", "window_sessions", "start_date"]

[rests_on]
"study.co_highs" = '''
up.series_a = row.series_a and up.series_b = row.series_b and up.basis = row.basis
and up.window_sessions = row.window_sessions and up.start_date = row.start_date
and up.known_at = (
    select max(s.known_at) from study.co_highs as s
    where s.series_a = row.series_a and s.series_b = row.series_b and s.basis = row.basis
        and s.window_sessions = row.window_sessions and s.start_date = row.start_date
)
'''

[checks]
rate_is_a_share = "rate is null or rate between 0 and 1"
base_rate_is_a_share = "base_rate is null or base_rate between 0 and 1"
no_more_coincident_than_there_are = "n_coincident is null or n_coincident <= n_a"
p_values_are_chances = "coalesce(p_shift, 0.5) between 0 and 1 and coalesce(p_cluster_shift, 0.5) between 0 and 1 and coalesce(p_bernoulli, 0.5) between 0 and 1 and coalesce(p_return_shift, 0.5) between 0 and 1 and coalesce(p_cluster_return_shift, 0.5) between 0 and 1"
no_more_episodes_than_clusters = "episodes_coincident is null or episodes_coincident <= n_a_clusters"
synchronization_is_no_less_than_none = "event_synchronization is null or event_synchronization >= 0"
the_headline_is_by_cluster = "p_headline is null or p_headline in (p_cluster_shift, p_cluster_return_shift)"
the_independent_null_says_so = "p_bernoulli is null or assumes_independence"
*/
with newest as (
    select *
    from study.co_highs
    qualify row_number() over (partition by series_a, series_b, basis, window_sessions, start_date order by known_at desc) = 1
)
select
    series_a,
    series_b,
    basis,
    window_sessions,
    start_date,
    end_date,
    n_sessions,
    n_a,
    n_b,
    n_a_clusters,
    n_b_clusters,
    n_coincident,
    n_pending,
    rate,
    rate_settled,
    precursor_rate,
    trigger_rate,
    base_rate,
    lift,
    clusters_coincident,
    episodes_coincident,
    event_synchronization,
    p_bernoulli,
    assumes_independence,
    p_shift,
    p_cluster_shift,
    q_cluster_shift,
    p_return_shift,
    p_cluster_return_shift,
    p_headline,
    q_headline,
    n_shifts,
    seed,
    status,
    known_at
from newest
where status is not null
order by series_a, series_b, basis, window_sessions, start_date
