"""The one way git is run: an asyncio subprocess with a closed environment and no configuration from outside.

A `Git` value names a repository and the settings that hold for every command on it. Commands get a short list of
environment variables, no system and no personal configuration, no hooks, no file-system monitor and no transport,
so that nothing a repository says about itself is run.
"""

import asyncio
import os
import resource
from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from mycoderai.schemas.errors import PermanentError

AUTHOR_NAME = "MyCoderAI"
AUTHOR_EMAIL = "mycoder@localhost"

_PASSED_ON = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SYSTEMROOT")
_NOT_PERSONAL = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
_CLOSED = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    # A partial clone would otherwise fetch what is missing, by whatever transport its own configuration names.
    "GIT_ALLOW_PROTOCOL": "none",
}
_NEUTRAL = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.splitIndex": "false",
    "core.safecrlf": "false",
    "core.commitGraph": "false",
    "core.alternateRefsCommand": "true",
    "core.bigFileThreshold": "16m",
    "core.quotePath": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_MAX_STDERR_BYTES = 64 * 1024
_CHUNK_BYTES = 256 * 1024


class GitError(PermanentError):
    """git ended with a status that the caller did not expect."""

    def __init__(self, command: str, code: int, stderr: str) -> None:
        super().__init__(f"git {command} ended with {code}: {stderr.strip() or 'no message'}")
        self.command = command
        self.code = code
        self.stderr = stderr


class GitMissing(GitError):
    """There is no git binary on PATH."""

    def __init__(self) -> None:
        super().__init__("", 127, "git is not installed or not on PATH")


@dataclass(frozen=True, slots=True)
class Output:
    """What a command wrote. `truncated` says that it was stopped at the caller's `max_bytes`."""

    stdout: bytes
    stderr: str
    code: int
    truncated: bool = False

    @property
    def line(self) -> str:
        """The output without its last line feed, for commands that print one value."""
        return os.fsdecode(self.stdout.removesuffix(b"\n"))

    @property
    def items(self) -> list[str]:
        """The fields of output made with `-z`."""
        return [os.fsdecode(item) for item in self.stdout.split(b"\0") if item]


@dataclass(frozen=True, slots=True)
class Git:
    """git on one repository. Immutable, cheap to copy, safe to use from many tasks at once."""

    git_dir: Path | None = None
    work_tree: Path | None = None
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False
    """Read the user's own configuration too, as an interactive git does."""
    limits: Mapping[int, int] = field(default_factory=dict)
    """The kernel's limits (`resource.RLIMIT_…`) for every command."""

    def with_env(self, **env: str) -> "Git":
        """The same repository with more environment variables."""
        return replace(self, env={**self.env, **env})

    def with_config(self, config: Mapping[str, str]) -> "Git":
        """The same repository with more settings, which win over the repository's own."""
        return replace(self, config={**self.config, **config})

    async def run(
        self,
        *args: str,
        stdin: bytes | BinaryIO | None = None,
        stdout: BinaryIO | None = None,
        ok: Container[int] = (0,),
        max_bytes: int | None = None,
    ) -> Output:
        """Run one command to its end and return what it wrote.

        A file as `stdin` or `stdout` is handed to git itself, from its current offset, so nothing passes through
        this process. A cancelled call leaves no process behind.

        Raises:
            GitError: the exit status is not in `ok`.
            GitMissing: no git binary.
        """
        process = await self._start(args, stdin, stdout)
        self._limit(process.pid)
        try:
            output = await _communicate(process, stdin if isinstance(stdin, bytes) else None, max_bytes)
        except BaseException:
            await _kill(process)
            raise
        if not output.truncated and output.code not in ok:
            raise GitError(" ".join(args[:2]), output.code, output.stderr)
        return output

    async def _start(
        self, args: tuple[str, ...], stdin: bytes | BinaryIO | None, stdout: BinaryIO | None
    ) -> asyncio.subprocess.Process:
        source = asyncio.subprocess.PIPE if isinstance(stdin, bytes) else stdin or asyncio.subprocess.DEVNULL
        try:
            return await asyncio.create_subprocess_exec(
                "git",
                *self._location(),
                *args,
                stdin=source,
                stdout=stdout or asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self.environment(),
                cwd=self.work_tree or self.cwd or self.git_dir or "/",
            )
        except FileNotFoundError as err:
            if err.filename == "git":
                raise GitMissing from err
            raise

    def _limit(self, pid: int) -> None:
        for limit, most in self.limits.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, limit, (most, most))

    def _location(self) -> list[str]:
        located = [f"--git-dir={self.git_dir}"] if self.git_dir else []
        return [*located, f"--work-tree={self.work_tree}"] if self.work_tree else located

    def environment(self) -> dict[str, str]:
        """The whole environment of a command: allow-list, closed settings, then this value's own.

        Settings travel as GIT_CONFIG_KEY_n: unlike `-c`, that holds names with an equals sign.
        """
        settings = {**_NEUTRAL, **self.config}
        pairs = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (key, value) in enumerate(settings.items()):
            pairs |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        passed_on = {name: os.environ[name] for name in self._passed_on() if name in os.environ}
        closed = _CLOSED if self.personal else {**_NOT_PERSONAL, **_CLOSED}
        return {**passed_on, **closed, **pairs, **self.env}

    def _passed_on(self) -> tuple[str, ...]:
        return (*_PASSED_ON, *_NOT_PERSONAL) if self.personal else _PASSED_ON


def author(at_s: int) -> dict[str, str]:
    """Environment for commits made on behalf of the fleet at `at_s` (seconds since 1970, written as UTC)."""
    people: dict[str, str] = {}
    for who in ("AUTHOR", "COMMITTER"):
        people |= {
            f"GIT_{who}_NAME": AUTHOR_NAME,
            f"GIT_{who}_EMAIL": AUTHOR_EMAIL,
            f"GIT_{who}_DATE": f"@{at_s} +0000",
        }
    return people


def quoted_path(path: Path) -> str:
    """A path as it must stand in GIT_ALTERNATE_OBJECT_DIRECTORIES, which git splits at colons."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


async def _communicate(process: asyncio.subprocess.Process, data: bytes | None, max_bytes: int | None) -> Output:
    feeding = asyncio.create_task(_feed(process, data))
    complaining = asyncio.create_task(_read_message(process.stderr))
    try:
        wrote = await _read(process.stdout, max_bytes)
        truncated = max_bytes is not None and len(wrote) > max_bytes
        if truncated:
            await _kill(process)
        await feeding
        said = await complaining
    finally:
        feeding.cancel()
        complaining.cancel()
    code = await process.wait()
    return Output(wrote[:max_bytes], os.fsdecode(said), code, truncated)


async def _feed(process: asyncio.subprocess.Process, data: bytes | None) -> None:
    if process.stdin is None or data is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()


async def _read(stream: asyncio.StreamReader | None, max_bytes: int | None) -> bytes:
    """Everything the stream holds, or a little more than `max_bytes` of it."""
    chunks: list[bytes] = []
    size = 0
    while stream and (max_bytes is None or size <= max_bytes) and (chunk := await stream.read(_CHUNK_BYTES)):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


async def _read_message(stream: asyncio.StreamReader | None) -> bytes:
    """The beginning of stderr. The rest is read too, or git would wait for a reader for ever."""
    said = await _read(stream, _MAX_STDERR_BYTES)
    while stream and await stream.read(_CHUNK_BYTES):
        pass
    return said


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
