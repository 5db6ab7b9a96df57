"""`python -m tests.sim.run`: many histories, or one to read. See docs/simulation.md."""

import os
import sys
import time
from multiprocessing import get_context

from tests.sim.history import Judged, judge

DEFAULT = 10_000
CHUNK = 50


def main() -> int:
    if seed := os.environ.get("SEED"):
        return _show(judge(int(seed), readable=True))
    first, count = int(os.environ.get("FIRST", "1")), int(os.environ.get("SEEDS", DEFAULT))
    began, bad, steps = time.monotonic(), 0, 0
    with get_context("spawn").Pool(int(os.environ.get("JOBS", "2"))) as pool:
        for judged in pool.imap(judge, range(first, first + count), CHUNK):
            steps += judged.steps
            if judged.violations:
                bad += 1
                print(f"seed {judged.seed}: {'; '.join(judged.violations)}", flush=True)
    took = time.monotonic() - began
    print(f"{count} histories, {steps} callbacks, {bad} bad, {took:.0f} s ({count / took:.0f} histories/s)")
    return 1 if bad else 0


def _show(judged: Judged) -> int:
    print("\n".join(judged.lines))
    print(f"seed {judged.seed}: {judged.seconds:.1f} virtual seconds, {judged.steps} callbacks, {judged.digest:08x}")
    print("\n".join(judged.violations) or "every verdict holds")
    return 1 if judged.violations else 0


if __name__ == "__main__":
    sys.exit(main())
