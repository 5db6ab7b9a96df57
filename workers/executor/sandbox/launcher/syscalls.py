"""The system calls Python 3.11 has no function for. Each raises OSError as an `os` function would."""

from __future__ import annotations

import ctypes
import os

PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
SIGPIPE, SIGXFSZ = 13, 25
F_ADD_SEALS, F_SEAL_ALL = 1033, 0xF
MFD_CLOEXEC, MFD_ALLOW_SEALING = 1, 2

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_libc.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]
_libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
_libc.signal.restype = ctypes.c_void_p


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl({option})")


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _check(
        _libc.mount(os.fsencode(source), os.fsencode(target), kind.encode(), flags, options.encode()),
        f"mount {source} on {target}",
    )


def default_signals() -> None:
    """Undo what Python does at start: it ignores SIGPIPE and SIGXFSZ, and exec would pass that on."""
    for number in (SIGPIPE, SIGXFSZ):
        _libc.signal(number, None)
