"""`mycoder --help`: user and system time of the process, which a busy machine disturbs less than the wall time."""

import os
import subprocess
from collections.abc import Iterator

from figure import Figure
from harness import MYCODER, environment, scratch

COUNT = 30


def measure() -> Iterator[Figure]:
    with scratch() as data:
        _cpu_s(environment(data))  # the first one may write byte code
        samples = [_cpu_s(environment(data)) for _ in range(COUNT)]
    yield Figure(name="mycoder --help, CPU", unit="s", samples=samples, reach=0.25)


def _cpu_s(env: dict[str, str]) -> float:
    process = subprocess.Popen([MYCODER, "--help"], env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"`mycoder --help` ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
