"""The Python interpreter that boxes are offered: the one this service runs on."""

import functools
import sys
from pathlib import Path

import msgspec

from mycoderai.workers.executor.sandbox import bwrap


class Toolchain(msgspec.Struct, frozen=True, kw_only=True):
    """Mount `read_only` and set PATH to `path`, and `executable_in_box` starts."""

    executable_in_box: str
    read_only: dict[Path, str]
    path: str


@functools.cache
def python_toolchain() -> Toolchain:
    """The base interpreter, never a virtual environment: its prefix at its own path, because a Python finds its
    library relative to itself. Nothing is mounted for an interpreter in /usr, which every box has.
    """
    prefix = Path(sys.base_prefix).resolve()
    executable = prefix / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    if not executable.exists():
        executable = prefix / "bin" / "python3"
    in_usr = Path("/usr") in (prefix, *prefix.parents)
    return Toolchain(
        executable_in_box=str(executable),
        read_only={} if in_usr else {prefix: str(prefix)},
        path=f"{prefix / 'bin'}:{bwrap.PATH}" if not in_usr else bwrap.PATH,
    )
