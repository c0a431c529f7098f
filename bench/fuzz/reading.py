"""What may become of an answer, whatever its bytes: rows in the columns of its shape, or `Refused`."""

from dataclasses import dataclass

from pipelines import catalog, schemas, vendors
from pipelines.vendors import Refused, Request


@dataclass(frozen=True)
class Seed:
    """A good answer to a question about a series."""

    name: str
    request: Request
    body: bytes

    @property
    def series(self) -> catalog.Series:
        """The series it is about."""
        return catalog.by_id(self.request.series_id)


def read(seed: Seed, body: bytes) -> str:
    """What becomes of the bytes as an answer to the seed's question: accepted or refused.

    Raises:
        Exception: anything but `Refused`, a frame of another form, or a next question to somebody else: a finding.
    """
    module, outcome = vendors.module(seed.request.vendor), "accepted"
    try:
        frame = module.parse(body, seed.series, seed.request)
        assert dict(frame.schema) == schemas.polars_schema(seed.series.shape), f"another form: {frame.schema}"
    except Refused:
        outcome = "refused"
    try:
        follows = vendors.following(seed.request, body)
        if follows is not None:
            assert follows.url.split("/")[:3] == seed.request.url.split("/")[:3], f"a question to somebody else: {follows.url}"
    except Refused:
        outcome = "refused"
    return outcome
