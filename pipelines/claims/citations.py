"""Analysts' figures: what only a citation can give, in `analyst_claims.toml`: who said what about what, when, and where it stands.

Owns the form of a citation. A figure is never synthesised; without a citation the answer is INSUFFICIENT_DATA.
"""

import tomllib
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Literal

import polars as pl
from pydantic import ValidationError

from pipelines.claims import CITATIONS, ClaimsError, Id, Url, Words, _Form


class Citation(_Form):
    """One figure. `kind` says whose it is: the forecaster's own, a consensus, or a consensus shown by somebody."""

    analyst_claim_id: Id
    forecaster: str
    published_by: str
    subject: str
    metric: str
    period: str
    value: float
    unit: str
    kind: Literal["own_forecast", "consensus", "quoted_consensus"]
    basis: Literal["GAAP", "operating", "including losses", "not stated"]
    stated_on: date
    evidence: Words
    source_url: Url


@cache
def load() -> tuple[Citation, ...]:
    """Every citation.

    Raises:
        ClaimsError: the file is not TOML, or a citation lacks a key, has one too many, or one of the wrong form.
    """
    try:
        document = tomllib.loads(CITATIONS.read_text(encoding="utf-8"))
        return tuple(Citation.model_validate(fields) for fields in document["analyst_claim"])
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ClaimsError(f"{CITATIONS.name}: not a file of [[analyst_claim]] blocks: {error}") from error
    except ValidationError as error:
        raise ClaimsError(f"{CITATIONS.name}: {error}") from error


def frame() -> pl.DataFrame:
    """Every citation as the rows of raw.analyst_claims, known from the end of the day on which it was stated."""
    rows = [each.model_dump() | {"known_at": datetime.combine(each.stated_on, time(0), UTC)} for each in load()]
    return pl.DataFrame(rows, schema_overrides={"known_at": pl.Datetime("us", "UTC"), "value": pl.Float64})
