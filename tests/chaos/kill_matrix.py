"""Kill each process at every boundary of a step of twenty turns: `make kills`.

A JSON line for each victim and phase on stdout, the table of docs/kills.md on stderr; exit code 1 when a promise was
broken. A run takes ten kills, at every other turn; several runs go side by side, each in a fleet of its own.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from kill_case import Case, Ended, run_case
from kill_talk import Endpoint
from killer import PHASES, Kill

from mycoderai.gateway import fleet_keeper

VICTIMS = ("agents", "model", "executor", "orchestrator")
TURNS = 20
RUNS_EACH = 2
"""Runs the kills of one victim in one phase are spread over: a turn between two kills shows that the run goes on."""
COLUMNS = ("victim", "phase", "kills", "requests", "most_requests", "attempts", "repeated", "seconds", "broken")


def main() -> int:
    asked = _arguments()
    # How long the supervisor waits before it starts again what dies again and again is not what is looked at here.
    fleet_keeper.LONGEST_PAUSE_S = fleet_keeper.FIRST_PAUSE_S
    rows = asyncio.run(_matrix(asked.victim, asked.phase, asked.side_by_side))
    print(*_table(rows), sep="\n", file=sys.stderr)
    return 1 if any(row["broken"] for row in rows) else 0


def _cases(victim: str, phase: str) -> Iterator[Case]:
    for first in range(1, RUNS_EACH + 1):
        kills = tuple(Kill(victim, turn, phase) for turn in range(first, TURNS + 1, RUNS_EACH))
        yield Case(name=f"{victim}-{phase}-{first}", kills=kills, turns=TURNS)


async def _matrix(victims: Sequence[str], phases: Sequence[str], side_by_side: int) -> list[dict[str, Any]]:
    slots = asyncio.Semaphore(side_by_side)

    async def carry_out(case: Case) -> Ended:
        async with slots:
            folder = Path(root) / case.name
            folder.mkdir()
            return await run_case(case, endpoint, folder)

    async def row(victim: str, phase: str) -> dict[str, Any]:
        found = _row(await asyncio.gather(*map(carry_out, _cases(victim, phase))))
        print(json.dumps(found), flush=True)
        return found

    with tempfile.TemporaryDirectory(prefix="mycoder-kills-", ignore_cleanup_errors=True) as root:
        async with Endpoint() as endpoint:
            os.environ.update(endpoint.environment)
            return await asyncio.gather(*(row(victim, phase) for victim in victims for phase in phases))


def _row(ended: list[Ended]) -> dict[str, Any]:
    first = ended[0].case.kills[0]
    recovered = [seconds for one in ended for seconds in one.recovered_s]
    return {
        "victim": first.victim,
        "phase": first.phase,
        "kills": sum(len(one.case.kills) - len(one.never_reached) for one in ended),
        "turns": TURNS * len(ended),
        "requests": sum(one.asked.total() for one in ended),
        "most_requests": max(max(one.asked.values()) for one in ended),
        "attempts": sum(one.attempts for one in ended),
        "repeated": sum(one.repeated for one in ended),
        "seconds": round(statistics.median(recovered), 1) if recovered else None,
        "broken": [problem for one in ended for problem in one.problems()],
    }


def _table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|---|---|" + "--:|" * (len(COLUMNS) - 2)
    for row in rows:
        yield "| " + " | ".join(str(row[name]) for name in COLUMNS[:-1]) + f" | {len(row['broken'])} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--victim", nargs="+", default=VICTIMS, choices=VICTIMS)
    parser.add_argument("--phase", nargs="+", default=PHASES, choices=PHASES)
    parser.add_argument("--side-by-side", type=int, default=4, metavar="N", help="runs at a time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
