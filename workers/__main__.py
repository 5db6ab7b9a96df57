"""A worker process: `python -m mycoderai.workers --role R …`. Several roles may share one process."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence

import msgspec

import mycoderai.broker.lean  # noqa: F401
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import load
from mycoderai.workers.runtime import run_roles


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mycoderai.workers", description=__doc__)
    parser.add_argument("--role", action="append", help="a service or a pool; may be repeated")
    parser.add_argument("--slots", type=int, help="steps taken at a time, per pool")
    parser.add_argument("--handler", default="", help="package.module:function for the pools named")
    parser.add_argument("--probe-isolation", action="store_true", help="print how code is confined here, as JSON")
    options = parser.parse_args(arguments)
    if options.probe_isolation:
        return asyncio.run(_probe_isolation())
    if not options.role:
        parser.error("name at least one --role")
    try:
        settings, _ = load(os.environ, {"slots": options.slots})
        asyncio.run(run_roles(settings, options.role, options.handler))
    except MycoderError as err:
        # One line the supervisor finds and shows.
        print(json.dumps({"event": "worker.failed", "message": err.message, "fix": err.fix}), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _probe_isolation() -> int:
    from mycoderai.workers.executor.sandbox import Isolation, describe

    found = await describe()
    if isinstance(found, Isolation):
        print(msgspec.json.encode(found).decode())
        return 0
    print(json.dumps({"message": found.reason, "fix": found.fix}))
    return 1


if __name__ == "__main__":
    sys.exit(main())
