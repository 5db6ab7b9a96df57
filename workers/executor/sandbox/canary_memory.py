"""Runs inside a box: use more memory than allowed, by processes that each stay below the limit.

Arguments: how many processes, and the bytes of each. Prints `held` when all of it could be held.
"""

import os
import sys
import time


def main(processes: int, size: int) -> None:
    ready, ready_in_child = os.pipe()
    for _ in range(processes):
        if os.fork() == 0:
            block = bytearray(size)
            block[::4096] = b"x" * len(block[::4096])
            os.write(ready_in_child, b"x")
            time.sleep(60)
    for _ in range(processes):
        os.read(ready, 1)
    time.sleep(0.5)
    print("held")
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
