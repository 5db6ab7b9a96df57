"""Run the filter on an interpreter of classic BPF, for both machines, whichever this one is."""

import errno
import struct

import pytest

from mycoderai.workers.executor.sandbox import seccomp, syscall_table
from mycoderai.workers.executor.sandbox.seccomp import ALLOW, KILL_PROCESS, fail

MACHINES = list(seccomp.AUDIT_ARCH)


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    data = struct.pack("<IIQ6Q", number, arch or seccomp.AUDIT_ARCH[machine], 0, *(*arguments, *[0] * 6)[:6])
    steps = seccomp.program(machine)
    at = accumulator = 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        match code:
            case seccomp.RET:
                return operand
            case seccomp.LD:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case seccomp.JEQ:
                at += if_true if accumulator == operand else if_false
            case seccomp.JGT:
                at += if_true if accumulator > operand else if_false
            case seccomp.JSET:
                at += if_true if accumulator & operand else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_every_denied_call_is_denied(machine: str) -> None:
    column = MACHINES.index(machine)
    numbers = [row[column] for row in syscall_table.DENIED.values() if row[column] is not None]
    assert {verdict(machine, number) for number in numbers if number is not None} == {fail(errno.EPERM)}


@pytest.mark.parametrize(("machine", "numbers"), [("x86_64", (0, 1, 59, 257)), ("aarch64", (63, 64, 221, 56))])
def test_reading_writing_executing_and_opening_are_allowed(machine: str, numbers: tuple[int, ...]) -> None:
    assert {verdict(machine, number) for number in numbers} == {ALLOW}


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_kill(machine: str) -> None:
    assert verdict(machine, 0, arch=0x40000003) == KILL_PROCESS


@pytest.mark.parametrize("number", [syscall_table.LAST_KNOWN + 1, 0x40000000, 0x40000000 | 101])
@pytest.mark.parametrize("machine", MACHINES)
def test_unknown_and_x32_calls_do_not_exist(machine: str, number: int) -> None:
    assert verdict(machine, number) == fail(errno.ENOSYS)


@pytest.mark.parametrize("machine", MACHINES)
def test_clone_makes_threads_but_no_namespaces(machine: str) -> None:
    column = MACHINES.index(machine)
    thread, new_user = 0x3D0F00, 0x10000000 | 17
    assert verdict(machine, syscall_table.CLONE[column], thread) == ALLOW
    assert verdict(machine, syscall_table.CLONE[column], new_user) == fail(errno.EPERM)
    assert verdict(machine, syscall_table.CLONE3[column]) == fail(errno.ENOSYS)


@pytest.mark.parametrize(
    ("family", "allowed"), [(1, True), (2, True), (10, True), (16, False), (17, False), (40, False)]
)
@pytest.mark.parametrize("machine", MACHINES)
def test_only_local_and_internet_sockets_exist(machine: str, family: int, allowed: bool) -> None:
    number = syscall_table.SOCKET[MACHINES.index(machine)]
    assert verdict(machine, number, family) == (ALLOW if allowed else fail(errno.EAFNOSUPPORT))


@pytest.mark.parametrize(
    ("request_", "allowed"), [(0x5401, True), (0x5412, False), (0x541C, False), (1 << 32 | 0x5412, False)]
)
@pytest.mark.parametrize("machine", MACHINES)
def test_terminals_cannot_be_typed_into(machine: str, request_: int, allowed: bool) -> None:
    number = syscall_table.IOCTL[MACHINES.index(machine)]
    assert verdict(machine, number, 0, request_) == (ALLOW if allowed else fail(errno.EPERM))


@pytest.mark.parametrize(
    ("size", "allowed"), [(56, True), (seccomp.SHM_BYTES, True), (seccomp.SHM_BYTES + 1, False), (1 << 32, False)]
)
@pytest.mark.parametrize("machine", MACHINES)
def test_unmapped_shared_memory_is_small(machine: str, size: int, allowed: bool) -> None:
    number = syscall_table.SHMGET[MACHINES.index(machine)]
    assert verdict(machine, number, 0, size) == (ALLOW if allowed else fail(errno.ENOMEM))


@pytest.mark.parametrize(("persona", "allowed"), [(0, True), (0xFFFFFFFF, True), (0x0040000, False)])
@pytest.mark.parametrize("machine", MACHINES)
def test_the_execution_domain_cannot_be_changed(machine: str, persona: int, allowed: bool) -> None:
    number = syscall_table.PERSONALITY[MACHINES.index(machine)]
    assert verdict(machine, number, persona) == (ALLOW if allowed else fail(errno.EPERM))


@pytest.mark.parametrize("machine", MACHINES)
def test_every_jump_stays_inside_and_the_kernels_limit_holds(machine: str) -> None:
    steps = seccomp.program(machine)
    assert len(steps) < 4096
    assert all(at + 1 + max(step[1:3]) < len(steps) for at, step in enumerate(steps) if step[0] != seccomp.RET)
    assert len(seccomp.assemble(machine)) == 8 * len(steps)
