"""The article that `lockstep claims new` writes: one claim of each common kind, with comments, to be changed and cut."""

STARTER = """\
# An article and its claims. Tell each claim in your own words, choose the template that asks what it says,
# and check it:  lockstep claims check THIS_FILE.toml       All templates:  lockstep claims templates

[article]
article_id = "my-article"
title = "What the article is called"
published_on = 2025-12-12
publisher = "who published it"
url = "https://example.org/the-article"
as_of = 2025-12-12T10:50:00Z            # the moment at which its reader stood, with its zone

[[claim]]
claim_id = "C1"
text = "The S&P 500 made a record on 11 December."
template = "ath_on_date"
params = { series = "sp500", on = 2025-12-11, proxy = "spy" }

[[claim]]
claim_id = "C2"
text = "Bitcoin stands 27 % below its record."
template = "distance_from_high"
claimed_value = -27                     # the number as printed ...
claimed_decimals = 0                    # ... and its decimals: 1 for 8.2, -3 for 126,000
params = { series = "btc_usd", on = 2025-12-11 }

[[claim]]
claim_id = "C3"
text = "Small caps have not led a lagging bitcoin like this for five years."
template = "first_time_since"
params = { leader = "russell_2000", laggard = "btc_usd", years = 5, on = 2025-12-11 }

[[claim]]
claim_id = "C4"
text = "On 10 December the Fed cut by a quarter of a percentage point."
template = "policy_move"
claimed_value = -25
claimed_decimals = 0
params = { on = 2025-12-10 }
"""
