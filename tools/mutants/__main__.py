"""Try a sample of mutants, print what became of each and what is not told of those that live."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from pathlib import Path

from tools.mutants.picking import ROOT, Mutant, every_mutant, map_of_tests, sample
from tools.mutants.running import Verdict, preload, tried

LEAST = 85
EVERY = 25
"""After so many mutants nothing is changed once, to see that the tests pass by themselves."""

EXPLAINED = ROOT / "tests" / "mutants.md"


def explained() -> set[str]:
    """Return the names of the mutants of which a page says why they live."""
    return set(re.findall(r"^\| `([0-9a-f]{8})`", EXPLAINED.read_text("utf-8"), re.MULTILINE))


def main() -> int:
    """Return 0 if enough were noticed and every other one is explained."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=400)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default="", help="what the lines of the mutants match")
    options.add_argument("--map", type=Path, help="which test runs what: made there, or read")
    chosen = options.parse_args()
    everything = [each for each in every_mutant() if re.search(chosen.only, each.title)]
    mutants = sample(everything, chosen.count, chosen.seed)
    started = time.monotonic()
    tests = map_of_tests(chosen.map)
    print(f"{len(mutants)} of {len(everything)} mutants, seed {chosen.seed}", flush=True)
    preload()
    trials: list[tuple[Mutant, list[str]]] = []
    for number, mutant in enumerate(mutants):
        trials.append((mutant, tests.tests_for(mutant)))
        if number % EVERY == 0:
            trials.append((mutant.unchanged, tests.tests_for(mutant)))
    counts: Counter[Verdict] = Counter()
    alive: list[Mutant] = []
    for judged, verdict in tried(trials, chosen.jobs):
        if not judged.name:
            if verdict is Verdict.KILLED:
                print("a test fails though nothing was changed: nothing can be said", flush=True)
                return 2
            continue
        counts[verdict] += 1
        if counts.total() % EVERY == 0:
            print(f"{counts.total()} tried, {counts[Verdict.KILLED]} killed", flush=True)
        if verdict is not Verdict.KILLED:
            alive.append(judged)
            print(f"{verdict.value}: {judged.title}", flush=True)
    return _told(counts, alive, time.monotonic() - started)


def _told(counts: Counter[Verdict], alive: list[Mutant], seconds: float) -> int:
    known = explained()
    strange = [each for each in alive if each.name not in known]
    killed, total = counts[Verdict.KILLED], counts.total()
    print(f"{killed} of {total} killed ({100 * killed / max(total, 1):.1f} %), {seconds:.0f} s")
    print(f"{len(alive)} alive, {len(alive) - len(strange)} of them explained in {EXPLAINED.name}")
    for each in strange:
        print(f"not explained: {each.title}")
    return 0 if killed * 100 >= LEAST * total and not strange else 1


if __name__ == "__main__":
    sys.exit(main())
