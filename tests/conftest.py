"""What tests of every folder share: the place of real recordings and history, which lie beside the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded vendor answers and real history; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no folder {SHARED}: recorded answers and real history are not part of the repository")
    return SHARED
