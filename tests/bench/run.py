"""`make bench`: measures what the project promises about speed and memory; one JSON line per figure.

    python tests/bench/run.py [--write] [--repair] [--only NAME …]

--write puts the figures into docs/benchmarks.md. Nothing is left behind, not even after Ctrl-C.
"""

import argparse
import importlib
import signal
import sys
from pathlib import Path

import page
from figure import Figure

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
PARTS = (
    "help_cpu",
    "up_ready",
    "idle_memory",
    "accept",
    "dispatch",
    "throughput",
    "rate",
    "round_trip",
    "sequence",
    "workers",
    "agents_load",
    "peers",
    "recovery",
    "reserve",
    "memory_items",
    "memory_rebuild",
    "model_role",
    "agent_turns",
    "long_run",
    "parallel_steps",
    "waiting_steps",
    "prompt_prefix",
    "demo",
    "gateway_start",
    "gateway_latency",
    "gateway_clients",
    "gateway_crowd",
    "gateway_reconnect",
    "diff_page",
    "browser_first_load",
    "browser_events",
    "browser_long_run",
    "browser_behind",
    "browser_reconnect",
)
SLOW_PARTS = ("history", "solved", "memory_redis")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure speed and memory; one JSON line per figure.")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    parser.add_argument("--repair", action="store_true", help="also count the faulty programs solved; takes minutes")
    parser.add_argument("--only", nargs="+", choices=(*PARTS, *SLOW_PARTS), metavar="NAME", help=", ".join(PARTS))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    figures: list[Figure] = []
    failed = []
    for part in options.only or (*PARTS, *(("solved",) if options.repair else ())):
        try:
            figures += _measured(part)
        except KeyboardInterrupt:
            print(f"{part}: interrupted", file=sys.stderr)
            return 130
        except Exception as err:  # noqa: BLE001 - what cannot be measured must not hide what can
            print(f"{part}: not measured: {err}", file=sys.stderr)
            failed.append(part)
    if options.write and figures:
        page.write(PAGE, figures)
    for figure in figures:
        if figure.met is False:
            print(f"misses its reach: {figure.name} ({figure.durability})", file=sys.stderr)
    return 1 if failed else 0


def _measured(part: str) -> list[Figure]:
    figures = []
    for figure in importlib.import_module(part).measure():
        print(figure.line(), flush=True)
        figures.append(figure)
    return figures


if __name__ == "__main__":
    sys.exit(main())
