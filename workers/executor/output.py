"""What a command printed, as a model sees it: head and tail, why it stopped, and where all of it is kept."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.artifacts import put_file
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.execution import ArtifactRef
from mycoderai.schemas.ids import new_id
from mycoderai.workers.executor.sandbox import BoxResult

SHOWN_CHARS = 30_000
Keep = Callable[[bytes], Awaitable[ArtifactRef]]

ENDINGS = {
    "wall": "Stopped after {limit:.0f} s; ask for more with timeout_s, or do less at a time.",
    "cpu": "Stopped: the command used up its CPU time.",
    "memory": "Stopped: the command used more memory than it may.",
    "processes": "Stopped: the command started more processes than it may.",
    "output": "Stopped: the command printed more than it may; redirect its output to a file.",
    "disk": "Stopped: the command wrote more than it may.",
}


def shown(output: bytes) -> tuple[str, bool]:
    """The text as a model gets it, and whether it was cut."""
    text = output.decode(errors="replace")
    if len(text) <= SHOWN_CHARS:
        return text, False
    half = SHOWN_CHARS // 2
    note = f"[{len(text) - SHOWN_CHARS} characters left out; to see them, print less or look at parts of a file]"
    return f"{text[:half]}\n{note}\n{text[-half:]}", True


def ending(result: BoxResult, limit_s: float) -> str:
    """Why the box was stopped before the command ended by itself; empty when it was not."""
    return ENDINGS.get(result.ended_by, "").format(limit=limit_s)


async def keep_output(nc: Client, folder: Path, output: bytes) -> ArtifactRef:
    """Store an output as an artifact. `folder` is one the box cannot see. Raises MycoderError when that fails."""
    path = folder / f"output-{new_id()}"
    path.write_bytes(output)
    try:
        return await put_file(nc, path)
    finally:
        path.unlink(missing_ok=True)


async def kept(keep: Keep, output: bytes) -> tuple[ArtifactRef | None, str]:
    """Where the output is kept, or why it is not: a command does not fail because its output cannot be stored."""
    try:
        return await keep(output), ""
    except MycoderError as err:
        return None, f"[The whole output could not be stored: {err}]"
