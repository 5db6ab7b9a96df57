"""The system-call filter of every box, assembled here so that no library is needed.

A seccomp filter is a classic BPF program over `struct seccomp_data`: number at offset 0, architecture at 4,
argument n at 16 + 8n, low half first on both architectures supported. See seccomp(2).
"""

import errno
import platform
import struct
from collections.abc import Iterator

from mycoderai.workers.executor.sandbox import syscall_table as table

LD, JEQ, JGT, JSET, RET = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, ARCH, ARG0, ARG1 = 0, 4, 16, 24
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6; AF_VSOCK would be a door to the hypervisor
TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
PERSONALITIES = (0, 0xFFFFFFFF)  # the default, and the query

SHM_BYTES = 64 << 10  # each of at most 4096 segments, which outlive their processes and show in no RSS

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def fail(number: int) -> int:
    return ERRNO | number


def assemble(machine: str | None = None) -> bytes:
    """The filter as bwrap's --seccomp reads it. Raises KeyError for a machine without a table."""
    return b"".join(struct.pack("<HBBI", *step) for step in program(machine or platform.machine()))


def supported(machine: str | None = None) -> bool:
    return (machine or platform.machine()) in AUDIT_ARCH


def program(machine: str) -> list[Instruction]:
    column = list(AUDIT_ARCH).index(machine)
    return [
        (LD, 0, 0, ARCH),
        (JEQ, 1, 0, AUDIT_ARCH[machine]),
        (RET, 0, 0, KILL_PROCESS),  # a 32-bit call, whose numbers mean something else
        (LD, 0, 0, NUMBER),
        *_unknown(),
        *_denied(column),
        *_when(table.CLONE3[column], [(RET, 0, 0, fail(errno.ENOSYS))]),  # its flags are behind a pointer
        *_when(table.CLONE[column], _clone()),
        *_when(table.SOCKET[column], _one_of(ARG0, FAMILIES, fail(errno.EAFNOSUPPORT))),
        *_when(table.IOCTL[column], _none_of(ARG1, TERMINAL_INJECTION, fail(errno.EPERM))),
        *_when(table.SHMGET[column], _at_most(ARG1, SHM_BYTES, fail(errno.ENOMEM))),
        *_when(table.PERSONALITY[column], _one_of(ARG0, PERSONALITIES, fail(errno.EPERM))),
        (RET, 0, 0, ALLOW),
    ]


def _unknown() -> Iterator[Instruction]:
    """Also catches the x32 numbers of x86_64, which carry X32_BIT."""
    yield (JGT, 0, 1, table.LAST_KNOWN)
    yield (RET, 0, 0, fail(errno.ENOSYS))


def _denied(column: int) -> Iterator[Instruction]:
    for numbers in table.DENIED.values():
        number = numbers[column]
        if number is not None:
            yield (JEQ, 0, 1, number)
            yield (RET, 0, 0, fail(errno.EPERM))


def _when(number: int, steps: list[Instruction]) -> Iterator[Instruction]:
    """Run `steps`, which end in a return, for one system call only."""
    yield (JEQ, 0, len(steps), number)
    yield from steps


def _clone() -> list[Instruction]:
    return [(LD, 0, 0, ARG0), (JSET, 0, 1, NEW_NAMESPACES), (RET, 0, 0, fail(errno.EPERM)), (RET, 0, 0, ALLOW)]


def _at_most(argument: int, limit: int, otherwise: int) -> list[Instruction]:
    """Both halves of the argument count: the upper one must be zero."""
    return [
        (LD, 0, 0, argument + 4),
        (JEQ, 0, 2, 0),
        (LD, 0, 0, argument),
        (JGT, 0, 1, limit),
        (RET, 0, 0, otherwise),
        (RET, 0, 0, ALLOW),
    ]


def _one_of(argument: int, values: tuple[int, ...], otherwise: int) -> list[Instruction]:
    tests = [(JEQ, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [(LD, 0, 0, argument), *tests, (RET, 0, 0, otherwise), (RET, 0, 0, ALLOW)]


def _none_of(argument: int, values: tuple[int, ...], otherwise: int) -> list[Instruction]:
    tests = [(JEQ, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [(LD, 0, 0, argument), *tests, (RET, 0, 0, ALLOW), (RET, 0, 0, otherwise)]
