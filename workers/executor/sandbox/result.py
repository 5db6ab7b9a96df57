"""What came out of a box, and how well it was closed."""

from typing import Literal

import msgspec

from mycoderai.schemas.execution import Isolation

EndedBy = Literal["exit", "wall", "cpu", "memory", "processes", "output", "disk", "cancelled"]


class BoxResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended. When this exists, no process of its box does."""

    exit_code: int
    "0-255 as a shell reports it; 128 + signal for a killed command, 127 for one that was not found."
    output: bytes
    "stdout and stderr as they came; when longer than `output_bytes`, head and tail around a note."
    output_size: int
    "Bytes written in all, kept or not."
    duration_s: float
    cpu_s: float
    ended_by: EndedBy
    isolation: Isolation
