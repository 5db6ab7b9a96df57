"""Runs inside a box: use more memory than allowed, by processes that each stay below the limit.

Arguments: how many processes, the bytes of each, and the seconds. Prints `held` when all of it could be held so long.
"""

import os
import sys
import time


def main(processes: int, size: int, hold_s: float) -> None:
    ready, ready_in_child = os.pipe()
    for _ in range(processes):
        if os.fork() == 0:
            block = bytearray(size)
            block[::4096] = b"x" * len(block[::4096])
            os.write(ready_in_child, b"x")
            time.sleep(60)
    for _ in range(processes):
        os.read(ready, 1)
    time.sleep(hold_s)
    print("held")
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
