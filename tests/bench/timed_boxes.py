"""An executor that also writes down how long each command took in its box, spawning the box included.

timed_boxes.py FILE ARGUMENTS…    the arguments are those of `python -m mycoderai.workers`; a line is "began took"
"""

import sys
import time
from typing import Any

from mycoderai.workers.__main__ import main
from mycoderai.workers.executor.sandbox.box import BwrapSandbox
from mycoderai.workers.executor.sandbox.result import BoxResult
from mycoderai.workers.executor.sandbox.trusted import TrustedSandbox


def write_times(sandbox: Any, file: str) -> None:
    run = sandbox.run

    async def timed(self: Any, *arguments: Any, **options: Any) -> BoxResult:
        began = time.time()
        result: BoxResult = await run(self, *arguments, **options)
        with open(file, "a") as lines:
            lines.write(f"{began} {time.time() - began}\n")
        return result

    sandbox.run = timed


if __name__ == "__main__":
    for sandbox in (BwrapSandbox, TrustedSandbox):
        write_times(sandbox, sys.argv[1])
    sys.exit(main(sys.argv[2:]))
