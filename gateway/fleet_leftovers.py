"""Processes that outlived a killed supervisor. The kernel has told them to end; this waits until they have."""

import asyncio
import contextlib
import os
import signal

from mycoderai.gateway.fleet_data import FleetRecord, start_ticks
from mycoderai.gateway.fleet_process import GRACE_S
from mycoderai.gateway.fleet_wait import readable


async def end_leftovers(record: FleetRecord | None, grace_s: float = GRACE_S) -> None:
    """Two brokers on one store would ruin it, so a new fleet starts only when the old one's processes are gone."""
    if record is None:
        return
    alive = [pid for pid, ticks in record.processes.values() if ticks and start_ticks(pid) == ticks]
    await asyncio.gather(*(_end(pid, grace_s) for pid in alive))


async def _end(pid: int, grace_s: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            async with asyncio.timeout(grace_s):
                await readable(descriptor)
        except TimeoutError:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            await readable(descriptor)
        finally:
            os.close(descriptor)
