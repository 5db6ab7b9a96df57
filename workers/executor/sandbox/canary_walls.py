"""Runs inside a box: try to get out, and print as JSON what was possible. Standard library only.

Arguments: a path outside that holds a secret, and a TCP port on the host's loopback.
"""

import ctypes
import json
import os
import socket
import sys
import time
from pathlib import Path


def main(secret: str, port: str) -> None:
    daemon()
    findings = {
        "secret": readable(secret),
        "network": connects(int(port)),
        "environ": readable("/proc/1/environ"),
        "processes": forks(),
        "real_root": writable("/proc/sys/kernel/core_pattern"),
        "namespaces": ctypes.CDLL(None).unshare(0x10000000) == 0,
        "outside": writable("/usr/canary"),
    }
    print(json.dumps(findings))


def readable(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def writable(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
    except OSError:
        return False
    return True


def connects(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(0.2)
        return client.connect_ex(("127.0.0.1", port)) == 0


def forks() -> int:
    """How many children the box lets us have, up to 60."""
    gate, gate_in_child = os.pipe()
    made = 0
    try:
        while made < 60:
            if os.fork() == 0:
                os.close(gate_in_child)
                os.read(gate, 1)
                os._exit(0)
            made += 1
    except BlockingIOError:
        pass
    os.close(gate_in_child)
    for _ in range(made):
        os.wait()
    return made


def daemon() -> None:
    """Leave a process that has cut every tie and holds a lock for as long as it lives."""
    ready, ready_in_child = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            import fcntl

            lock = os.open("daemon.lock", os.O_CREAT | os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.write(ready_in_child, b"x")
            for fd in (0, 1, 2, ready_in_child):
                os.close(fd)
            time.sleep(60)
        os._exit(0)
    os.wait()
    os.read(ready, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
