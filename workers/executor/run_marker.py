"""Which run a repository on this disk belongs to, made in one step and checked after the machine went down."""

import asyncio
import secrets
import shutil
from pathlib import Path

import msgspec

from mycoderai.broker.git import Git
from mycoderai.broker.repository import PackedHeader, unpack

_MARKER = "mycoder.json"


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the git directory."""

    header: PackedHeader
    run: str
    boot_id: str
    """Objects are not synced to disk: after the machine went down they may be empty, and are checked."""


async def restore_repository(path: Path, packed_file: Path, run: str) -> None:
    """Make the repository of a run at `path` from its artifact; it is there complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        header = await unpack(packed_file, part)
        marker = Marker(header=header, run=run, boot_id=_boot_id())
        (part / _MARKER).write_bytes(msgspec.json.encode(marker))
        part.chmod(0o700)
        part.rename(path)
    except OSError:
        # Another executor on this host was faster.
        if not path.exists():
            raise
    finally:
        await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)


async def set_aside_damaged(path: Path) -> None:
    """After the machine went down, check the objects; move a repository that lost some out of the way."""
    marker = await asyncio.to_thread(read_marker, path)
    if marker is None or marker.boot_id == _boot_id():
        return
    checked = await Git(git_dir=path).run("fsck", "--no-dangling", "--no-progress", ok=range(256))
    if checked.code:
        path.rename(path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}"))
        return
    marker = msgspec.structs.replace(marker, boot_id=_boot_id())
    (path / _MARKER).write_bytes(msgspec.json.encode(marker))


def read_marker(path: Path) -> Marker | None:
    """The marker of the repository at `path`; None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode((path / _MARKER).read_bytes(), type=Marker)
    except (OSError, msgspec.DecodeError):
        return None


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
