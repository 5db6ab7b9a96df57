"""`mycoder demo`: from the command to a green branch, with no fleet running and a data directory nobody used."""

import json
import time
from collections.abc import Iterator

from figure import Figure
from harness import MYCODER, environment, running, scratch

COUNT = 5


def measure() -> Iterator[Figure]:
    samples = [_seconds() for _ in range(COUNT)]
    yield Figure(name="mycoder demo to green branch, cold", unit="s", samples=samples, reach=15.0, durability="power")


def _seconds() -> float:
    with scratch() as folder:
        # What the demo makes, it makes in this folder, so that one that failed leaves nothing either.
        env = environment(folder / "data", TMPDIR=str(folder))
        started, took, result = time.monotonic(), 0.0, dict[str, object]()
        with running([MYCODER, "demo", "--json"], env) as process:
            for line in process.stdout or ():
                event = json.loads(line)
                if event.get("kind") == "result":
                    took, result = time.monotonic() - started, event
            code = process.wait()
    if code or result.get("status") != "succeeded" or not result.get("commit"):
        raise RuntimeError(f"`mycoder demo` ended with {code}: {result.get('failure')}")
    return took
