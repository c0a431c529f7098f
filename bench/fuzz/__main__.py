"""Every parser under at least a million bad answers: `make fuzz`. Writes docs/fuzzing.md.

A finding ends in exit code 1 and its bytes in `findings/`; made a case of tests/pipelines/vendors/test_findings.py it stays found.
"""

import argparse
import pickle
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.fuzz.answers import seeds
from bench.fuzz.reading import Seed

LIMITS = ("-seed=1", "-max_len=4096", "-timeout=30", "-rss_limit_mb=1024", "-print_final_stats=1")


@dataclass(frozen=True)
class Campaign:
    """One parser, one way to make inputs: how many were run, edges reached, peak memory, and whether nothing was found."""

    name: str
    vendor: str
    how: str
    inputs: int
    edges: int
    peak_mb: int
    is_clean: bool
    said: str


def main() -> int:
    """Run every campaign; 0 only if nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=".venv-fuzz/bin/python", help="The environment that has atheris.")
    parser.add_argument("--blind", type=int, default=40_000, help="Inputs a parser, the bytes as they come.")
    parser.add_argument("--formed", type=int, default=20_000, help="Inputs a parser, in the vendor's form.")
    parser.add_argument("--findings", type=Path, default=Path("findings"))
    parser.add_argument("--write", type=Path, help="The page to write.")
    asked = parser.parse_args()
    began, done = time.monotonic(), []
    for seed in seeds():
        for how, runs in (("blind", asked.blind), ("formed", asked.formed)):
            done.append(campaign(asked.python, seed, how, runs, asked.findings))
            print(f"{seed.name} {how}: {done[-1].inputs:,} inputs{'' if done[-1].is_clean else ' FOUND: ' + done[-1].said}", flush=True)
    text = page(done, asked.blind, asked.formed, time.monotonic() - began)
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    return 0 if all(each.is_clean for each in done) else 1


def campaign(python: str, seed: Seed, how: str, runs: int, findings: Path) -> Campaign:
    """Let atheris loose on one parser."""
    findings.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        kept, corpus = Path(folder) / "seed.pickle", Path(folder) / "corpus"
        kept.write_bytes(pickle.dumps(seed))
        corpus.mkdir()
        (corpus / "good").write_bytes(seed.body)
        command = [python, "-m", "bench.fuzz.guided", how, str(kept), str(corpus), f"-runs={runs}", *LIMITS]
        ended = subprocess.run([*command, f"-artifact_prefix={findings}/{seed.name}-"], capture_output=True, text=True)
    said = ended.stdout + ended.stderr
    figures = {name: int(re.findall(pattern, said)[-1]) if re.search(pattern, said) else 0 for name, pattern in FIGURES.items()}
    return Campaign(seed.name, seed.request.vendor, how, **figures, is_clean=ended.returncode == 0, said=said[-1500:])


FOUND_BEFORE = (
    "## What it found",
    "",
    "The first campaign (983,298 inputs) found one fault three times, in the operations of the New York Fed: half a surrogate pair in a",
    'text (`"\\ud800"`), which JSON can spell and no text can hold, ended the whole day with a `UnicodeEncodeError`. It is refused at the',
    "door since (`pipelines/vendors/wire.py`, `tests/pipelines/vendors/test_wire.py`); the counts above are of the campaign after that.",
)
FIGURES = {
    "inputs": r"stat::number_of_executed_units: (\d+)",
    "edges": r"cov: (\d+)",
    "peak_mb": r"stat::peak_rss_mb: +(\d+)",
}


def page(done: list[Campaign], blind: int, formed: int, seconds: float) -> str:
    """The page."""
    by_name = {name: {each.how: each for each in done if each.name == name} for name in dict.fromkeys(each.name for each in done)}
    found = [each for each in done if not each.is_clean]
    lines = [
        "# Fuzzing the parsers",
        "",
        "Written by `bench/fuzz`; do not edit. The same again: `make fuzz`.",
        "",
        f"**{sum(each.inputs for each in done):,} inputs, {len(found)} findings**, {seconds / 60:.0f} minutes on this machine.",
        "",
        "Each form of answer that a vendor has is read by its `parse` and `following`. Allowed is a frame in the columns of its shape, a",
        "question to the same host, or `Refused`; any other exception, thirty seconds for one input, or a process of more than 1,024 MB",
        "is a finding and ends the campaign (libFuzzer watches both). Coverage leads both ways (atheris): *blind* gives the bytes to the",
        "parser as they are, *formed* lets them steer hypothesis strategies that change fields of a good answer. *Edges* are the",
        "branches of `pipelines.vendors` reached; where formed reaches more, form paid.",
        "",
        "| answer | vendor | blind inputs | edges | formed inputs | edges | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, both in by_name.items():
        one, other = both["blind"], both["formed"]
        peak = max(one.peak_mb, other.peak_mb)
        lines.append(f"| {name} | {one.vendor} | {one.inputs:,} | {one.edges} | {other.inputs:,} | {other.edges} | {peak} |")
    lines += ["", *FOUND_BEFORE, "", *(f"FOUND in {each.name}, {each.how}: `{each.said.strip().splitlines()[-1][:200]}`" for each in found)]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
