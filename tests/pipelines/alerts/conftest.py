"""Receivers that are closed when the test is over."""

from collections.abc import Iterator

import pytest

from tests.receiver import Opened, Receiver


@pytest.fixture
def receiver() -> Iterator[Opened]:
    """Opens a receiver with a plan."""
    opened: list[Receiver] = []

    def open_one(*plan: int | float | str) -> Receiver:
        opened.append(Receiver(*plan))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
