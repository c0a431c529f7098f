"""A short run of what `make fuzz` does for long, and that it would see what it looks for."""

import pytest
from hypothesis import HealthCheck, given, settings

from bench.fuzz.answers import seeds
from bench.fuzz.mutations import answers
from bench.fuzz.reading import Seed, read
from pipelines import catalog, vendors

SEEDS = {seed.name: seed for seed in seeds()}


def test_every_vendor_is_fuzzed_from_an_answer_that_is_accepted():
    assert {seed.request.vendor for seed in seeds()} == {series.vendor for series in catalog.load()}
    assert [seed.name for seed in seeds() if read(seed, seed.body) != "accepted"] == []


@pytest.mark.parametrize("name", SEEDS)
def test_whatever_comes_is_read_or_refused(name):
    seen: set[str] = set()

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(answers(SEEDS[name]))
    def look(body: bytes) -> None:
        seen.add(read(SEEDS[name], body))

    look()
    assert "refused" in seen


def plant(monkeypatch: pytest.MonkeyPatch, seed: Seed, offer: str, does) -> None:
    monkeypatch.setattr(vendors.module(seed.request.vendor), offer, does)


@pytest.mark.parametrize("fault", ["another error", "another form", "another host"])
def test_a_parser_that_does_anything_else_is_found(monkeypatch, fault):
    seed = SEEDS["btc_usd_coinmetrics"]
    if fault == "another error":
        plant(monkeypatch, seed, "parse", lambda body, series, request: body.decode("ascii")[0].missing)
    elif fault == "another form":
        good = vendors.module("coinmetrics").parse
        plant(monkeypatch, seed, "parse", lambda *asked: good(*asked).drop("value"))
    else:
        plant(monkeypatch, seed, "following", lambda request, body: SEEDS["sp500"].request)
    with pytest.raises((AttributeError, AssertionError)):
        read(seed, seed.body)
