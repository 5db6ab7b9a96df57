"""`python -m mycoder_repair search|groups|resolve --budget-s S`, run inside a repository.

`search` looks for an edit. `groups` says which failing tests belong together. `resolve` rewrites files that hold
conflict markers.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from . import report
from .resolve import resolve
from .slices import Order, Slice


def main(argv: list[str] | None = None) -> int:
    args = _parse(argv)
    began = time.monotonic()
    answer = _answer(Path.cwd().resolve(), args)
    answer["elapsed_s"] = round(time.monotonic() - began, 2)
    text = report.render(answer)
    if args.report:
        Path(args.report).write_text(text, encoding="utf-8")
    print(text)
    return 0


def _answer(root: Path, args: argparse.Namespace) -> dict[str, Any]:
    if args.command == "resolve":
        return resolve(root, args.budget_s)
    cursor = json.loads(args.cursor) if args.cursor else None
    dividing = args.divide or args.command == "groups"
    order = Order(args.budget_s, cursor, tuple(args.targets), divide=dividing, search=args.command == "search")
    return Slice(root, order).answer()


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mycoder_repair", description="Search a small edit that makes failing tests pass."
    )
    parser.add_argument("command", choices=["search", "groups", "resolve"])
    parser.add_argument("--budget-s", type=float, required=True)
    parser.add_argument("--cursor", help="of the search that is to go on")
    parser.add_argument("--targets", nargs="+", default=[], metavar="ID", help="the failing tests to mend; else all")
    parser.add_argument("--divide", action="store_true", help="answer with groups if the tests fall into several")
    parser.add_argument("--report")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
