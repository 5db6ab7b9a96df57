"""Tells when a model process has grown too large, so that it ends and its supervisor starts a fresh one."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import structlog

LOOK_EVERY_S = 2.0
_STATM = Path("/proc/self/statm")
log = structlog.get_logger()


def rss_mb() -> float:
    """Memory of this process in MB; 0 where the system does not tell."""
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


async def until_stopped_or_too_large(
    stop: asyncio.Event,
    limit_mb: float,
    is_idle: Callable[[], bool],
    every_s: float = LOOK_EVERY_S,
    size_mb: Callable[[], float] = rss_mb,
) -> None:
    """Too large is more than the limit when nothing is under way, or twice the limit."""
    while not stop.is_set():
        size = size_mb()
        if size > (limit_mb if is_idle() else 2 * limit_mb):
            log.warning("model.recycled", rss_mb=round(size), limit_mb=limit_mb)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(every_s):
                await stop.wait()
