"""Articles as data: what is wrong with one is said with its file, its line, and what to write instead."""

import pytest

from pipelines import claims
from pipelines.claims import ClaimsError, citations, template
from pipelines.claims.starter import STARTER

GOOD = """\
[article]
article_id = "an-article"
title = "An article"
published_on = 2025-12-12
publisher = "a paper"
url = "https://example.org/article"
as_of = 2025-12-12T10:50:00Z

[[claim]]
claim_id = "C1"
text = "The S&P 500 made a record."
template = "ath_on_date"
params = { series = "sp500", on = 2025-12-11 }

[[claim]]
claim_id = "C2"
text = "Bitcoin stands 27 % below its record."
template = "distance_from_high"
claimed_value = -27
claimed_decimals = 0
[claim.params]
series = "btc_usd"
within = 2
"""


def read(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return claims.read(path)


def test_a_good_article_has_its_claims_with_their_defaults(tmp_path):
    story = read(tmp_path, GOOD)
    assert [each.claim.claim_id for each in story.claims] == ["C1", "C2"]
    assert story.claims[0].params["proxy"] is None
    assert story.claims[1].params == {"series": "btc_usd", "on": None, "within": 2, "claimed_value": -27, "claimed_decimals": 0}


WRONG = {
    "not toml": ('title = "An article"', 'title = "An article', "mine.toml: not TOML: ", "line 3"),
    "no zone": ("10:50:00Z", "10:50:00", "mine.toml:7: as_of: ", "timezone"),
    "a key too many": ('publisher = "a paper"', 'publisher = "a paper"\nauthor = "me"', "mine.toml:6: ", "no key 'author'; the keys are"),
    "a key missing": ('publisher = "a paper"\n', "", "mine.toml:1: ", "publisher is missing"),
    "an address that is none": ("https://example.org/article", "example.org", "mine.toml:6: url", "pattern"),
    "an unknown template": ('"ath_on_date"', '"ath_on_day"', "mine.toml:12: C1: ", "perhaps ath_on_date"),
    "a missing series": ('series = "sp500"', 'series = "sp5000"', "mine.toml:13: C1: ", "no series 'sp5000' in the catalog; perhaps sp500"),
    "an unknown parameter": ("on = 2025-12-11", "on = 2025-12-11, day = 1", "mine.toml:13: C1: ", "takes series, on, proxy"),
    "a missing parameter": (", on = 2025-12-11", "", "mine.toml:13: C1: ", "the parameter on is missing: The session of the record"),
    "a date in quotes": ("on = 2025-12-11", 'on = "2025-12-11"', "mine.toml:13: C1: ", "a date without quotes, such as 2025-12-11"),
    "out of range": ("within = 2", "within = 200", "mine.toml:23: C2: ", "within is 200, out of range: write 0.01 to 100"),
    "a number in quotes": ("within = 2", 'within = "2"', "mine.toml:23: C2: ", "within is a number; got '2'"),
    "decimals missing": ("claimed_decimals = 0\n", "", "mine.toml:19: C2: ", "goes with claimed_decimals"),
    "a number where none is compared": (
        '[[claim]]\nclaim_id = "C1"',
        '[[claim]]\nclaimed_value = 1\nclaimed_decimals = 0\nclaim_id = "C1"',
        "mine.toml:10: C1: ",
        "compares no number",
    ),
    "an id that stands twice": ('"C2"', '"C1"', "mine.toml:16: C1 stands twice", "an id of its own"),
    "no claims": (GOOD[GOOD.index("[[claim]]") :], "", "mine.toml:1: ", "[[claim]] blocks"),
    "an id with a quote": ('"C1"', '"C1\'"', "mine.toml:10: claim_id", "pattern"),
}


@pytest.mark.parametrize(("good", "bad", "place", "advice"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_file_line_and_what_to_write(tmp_path, good, bad, place, advice):
    assert good in GOOD
    with pytest.raises(ClaimsError) as caught:
        read(tmp_path, GOOD.replace(good, bad, 1))
    assert str(caught.value).startswith(place)
    assert advice in str(caught.value)


def test_an_article_is_found_by_its_id_or_as_a_file(tmp_path):
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    assert claims.find(str(tmp_path / "mine.toml")).article.article_id == "an-article"
    assert claims.find("2025-12-12-lockstep-to-lag").article.published_on.year == 2025
    with pytest.raises(ClaimsError, match=r"there are 2022-12-30-three-turns, 2025-12-12-lockstep-to-lag, or name a file"):
        claims.find("nothing")
    with pytest.raises(ClaimsError, match=r"`lockstep claims new .*gone.toml` writes one"):
        claims.find(str(tmp_path / "gone.toml"))


def test_the_article_to_fill_in_is_a_good_one(tmp_path):
    assert len(read(tmp_path, STARTER).claims) == 4


def test_the_story_has_its_26_claims_and_names_what_would_refute_each():
    story = claims.find("2025-12-12-lockstep-to-lag")
    assert [each.claim.claim_id for each in story.claims] == [f"C{number:02d}" for number in range(1, 27)]
    assert all(len(each.template.header.refuted_by) > 10 for each in story.claims)
    assert {each.claim.template for each in story.claims} == set(template.load())


def test_a_figure_of_an_analyst_is_cited():
    assert {each.kind for each in citations.load()} <= {"own_forecast", "consensus", "quoted_consensus"}
    assert all(each.source_url.startswith("https://") for each in citations.load())


def test_a_text_in_a_parameter_cannot_leave_its_quotes():
    assert template.literal("x'; drop table core.series; --") == "'x''; drop table core.series; --'"
    assert template.bound("select $name as said", {"name": "o'clock"}) == "select 'o''clock' as said"


def test_a_template_that_names_no_such_parameter_is_refused(tmp_path):
    text = (template.FOLDER / "op_amount.sql").read_text(encoding="utf-8").replace("$after", "$later")
    (tmp_path / "op_amount.sql").write_text(text, encoding="utf-8")
    with pytest.raises(template.TemplateError, match=r"op_amount.sql: later: no such parameter"):
        template.load(tmp_path)
