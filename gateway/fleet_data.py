"""The data directory of a fleet: who owns it, which version laid it out, where its broker answers.

`lock` is held by the one fleet that runs here; the kernel releases it however that process ends, so a stale
`fleet.json` never misleads anybody. `users.lock` is shared by the commands that lean on somebody else's fleet.
"""

import contextlib
import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from mycoderai.broker.files import sync, sync_folder
from mycoderai.schemas.errors import ConfigError, MycoderError
from mycoderai.schemas.settings import Settings

LAYOUT = 1
"""Version of the data directory's layout; a program refuses a newer one."""
LOCK_WITHIN_S = 0.5
BEFORE_THE_FIRST_START = {"credentials", "nats", "work", "lost+found"}
"""What may be there although no fleet ran here: what its operator brought or mounted, and what a new volume holds."""

Kind = Literal["up", "run", "query"]


class DataDirectoryBusy(MycoderError):
    """Another fleet runs on this data directory."""


class FleetRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What `fleet.json` tells other commands."""

    url: str
    pid: int
    started_at: str
    roles: tuple[str, ...]
    kind: Kind = "up"
    """Who started it: `up` stays until it is stopped, the others leave with their command."""
    ready: bool = False
    """False while it is starting."""
    processes: dict[str, tuple[int, int]] = {}
    """Name to process id and start time in clock ticks, which together name one process for ever."""


def prepare(data: Path) -> None:
    """Make the directory, private to its owner, and check its version. Raises MycoderError and changes nothing then."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_new = not _has_version(data)
        if is_new:
            _refuse_what_others_use(data)
        data.chmod(0o700)
        for folder in ("logs", "runs"):
            (data / folder).mkdir(exist_ok=True, mode=0o700)
        if is_new:
            write_private(data / "version", f"{LAYOUT}\n".encode())
    except OSError as err:
        raise MycoderError(
            f"the data directory {data} is not usable: {err.strerror}",
            "name another one with --data DIR or MYCODER_DATA_DIR",
        ) from err


def _has_version(data: Path) -> bool:
    path = data / "version"
    try:
        text = path.read_text().strip()
    except FileNotFoundError:
        return False
    if not text.isdecimal():
        raise MycoderError(f"{path} does not hold a version number", f"rm {path}")
    if int(text) > LAYOUT:
        raise MycoderError(
            f"the data directory {data} has layout {text}; this mycoder knows up to {LAYOUT}",
            "upgrade mycoder, or name another directory with --data DIR",
        )
    return True


def _refuse_what_others_use(data: Path) -> None:
    """`--data /tmp` must not close /tmp to everybody else."""
    if data.stat().st_mode & 0o077 and {path.name for path in data.iterdir()} - BEFORE_THE_FIRST_START:
        raise MycoderError(
            f"{data} holds other files and is open to other users; a data directory is private to its fleet",
            f"name a directory of its own: --data {data / 'mycoder'}",
        )


def acquire(data: Path) -> int:
    """The lock, as a file descriptor to close. Raises DataDirectoryBusy with the owner's process id."""
    path = data / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    # Somebody who only looks whether a fleet runs holds the lock for an instant.
    deadline = time.monotonic() + LOCK_WITHIN_S
    while not _locked(descriptor, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise DataDirectoryBusy(
                f"a fleet already runs on {data} (process {owner or 'unknown'})",
                f"use it as it is, stop it with `kill {owner or 'PID'}`, or name another directory with --data DIR",
            )
        time.sleep(0.02)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def find_running(settings: Settings) -> FleetRecord | None:
    """The fleet that runs on this data directory, or None. A record left by a killed fleet is ignored."""
    record = read_record(settings.data)
    return record if record and record.ready and is_locked(settings.data) else None


def with_broker(settings: Settings) -> Settings:
    """The settings with the address of the configured or the running broker. Raises ConfigError."""
    if settings.nats_url:
        return settings
    running = find_running(settings)
    if running is None:
        raise ConfigError("no broker is configured and no fleet is running", "mycoder up, or set MYCODER_NATS_URL")
    return msgspec.structs.replace(settings, nats_url=running.url)


def is_locked(data: Path) -> bool:
    try:
        descriptor = os.open(data / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def read_record(data: Path) -> FleetRecord | None:
    try:
        return msgspec.json.decode((data / "fleet.json").read_bytes(), type=FleetRecord)
    except (OSError, msgspec.DecodeError):
        return None


def write_record(data: Path, record: FleetRecord) -> None:
    write_private(data / "fleet.json", msgspec.json.encode(record))


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step; only its owner may read it. It survives a loss of power once this returns."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        sync(file)
    temporary.replace(path)
    sync_folder(path.parent)


def lean_on(data: Path) -> int | None:
    """Say that a command uses somebody else's fleet; None when that fleet is about to leave."""
    return try_lock(data / "users.lock", fcntl.LOCK_SH)


def may_leave(data: Path) -> int | None:
    """For the owner of a short-lived fleet: a descriptor once nobody leans on it, else None."""
    return try_lock(data / "users.lock")


def try_lock(path: Path, how: int = fcntl.LOCK_EX) -> int | None:
    """A descriptor that holds the lock until it is closed or this process ends; None when others hold it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if _locked(descriptor, how):
        return descriptor
    os.close(descriptor)
    return None


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 when there is no such process."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[19])
    return 0


def append_log(path: Path, fields: dict[str, str]) -> None:
    """One JSON line in a log that only its owner may read. A full disk must not stop the supervisor."""
    line = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": "info", **fields}
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with open(descriptor, "ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
