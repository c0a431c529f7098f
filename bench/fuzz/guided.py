"""One parser under bytes that coverage leads (atheris), from one good answer on.

    .venv-fuzz/bin/python -m bench.fuzz.guided blind|formed SEED CORPUS -runs=60000 …

SEED is a pickled `Seed` (this environment lacks what renders one), CORPUS a folder of answers to start from. `blind` gives the
bytes to the parser as they are, `formed` lets them steer the strategies of `bench.fuzz.mutations`. Ends at the first finding;
the other options are libFuzzer's.
"""

import pickle
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import atheris
from hypothesis import HealthCheck, given, settings

with atheris.instrument_imports(include=["pipelines.vendors"]):
    from pipelines import vendors

    for found in pkgutil.walk_packages(vendors.__path__, "pipelines.vendors."):
        import_module(found.name)

from bench.fuzz.mutations import answers
from bench.fuzz.reading import Seed, read


def main() -> None:
    """Fuzz until the runs are used up."""
    how, seed = sys.argv[1], pickle.loads(Path(sys.argv[2]).read_bytes())
    atheris.Setup([sys.argv[0], *sys.argv[3:]], {"blind": _blind, "formed": _formed}[how](seed))
    atheris.Fuzz()


def _blind(seed: Seed) -> Callable[[bytes], None]:
    def run(body: bytes) -> None:
        read(seed, body)

    return run


def _formed(seed: Seed) -> Callable[[bytes], object]:
    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(answers(seed))
    def run(body: bytes) -> None:
        read(seed, body)

    return run.hypothesis.fuzz_one_input


if __name__ == "__main__":
    main()
