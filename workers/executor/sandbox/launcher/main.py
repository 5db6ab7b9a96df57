"""The launcher from the first byte read to the last process reaped."""

from __future__ import annotations

import os
import select
import time

from . import child, tree
from .cgroup import PREFIX, Group
from .job import Job, Report
from .syscalls import PR_SET_CHILD_SUBREAPER, prctl
from .watch import Watch

SIGXCPU, SIGXFSZ = 24, 25


def main(control: int) -> None:
    """Serve one job that arrives on the socket `control`, then exit."""
    os.set_inheritable(control, False)
    job = Job.unpacked(_receive(control))
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    os.write(control, run(job, control).packed())
    os._exit(0)  # taking the interpreter down in order costs 3 ms and does nothing for us


def _receive(control: int) -> bytes:
    head = os.read(control, 4)
    size = int.from_bytes(head, "big")
    data = b""
    while len(data) < size:
        part = os.read(control, size - len(data))
        if not part:
            os._exit(1)
        data += part
    return data


def run(job: Job, control: int) -> Report:
    """Run the job to its end. The report's `error` is set when the command was not started."""
    group = None
    try:
        group = _own_group(job)
        return _run_in(group, job, control)
    except (RuntimeError, OSError) as err:
        tree.reap(-1)
        return Report(ended_by="exit", exit_code=127, cpu_s=0, duration_s=0, error=str(err))
    finally:
        if group:
            group.remove()


def _own_group(job: Job) -> Group | None:
    if not job.cgroup:
        return None
    return Group(job.cgroup, f"{PREFIX}{os.getppid()}-{os.getpid()}", job.memory_bytes)


def _run_in(group: Group | None, job: Job, control: int) -> Report:
    started = time.monotonic()
    status, status_in_child = os.pipe()
    pid = child.start(job, group, status_in_child)
    os.close(status_in_child)
    watch = Watch(job, group)
    ended_by = _until_over(pid, watch, control)
    code = os.waitstatus_to_exitcode(tree.reap(pid))
    usage = os.times()
    report = Report(
        ended_by=ended_by,
        exit_code=128 - code if code < 0 else code,
        cpu_s=max(watch.cpu_s, usage.children_user + usage.children_system),
        duration_s=time.monotonic() - started,
    )
    _refine(report, job, group, _drain(status))
    return report


def _until_over(pid: int, watch: Watch, control: int) -> str:
    """Wait for the main process, a broken limit, or the end of the service; then kill what is left."""
    process = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(control, select.POLLIN | select.POLLHUP)
    service = os.getppid()
    ended_by = ""
    while not ended_by:
        ready = {fd for fd, _ in poll.poll(watch.wait_s() * 1000)}
        if process in ready:
            ended_by = "exit"
        elif control in ready or os.getppid() != service:
            ended_by = "cancelled"
        else:
            ended_by = watch.reason()
    os.close(process)
    if ended_by != "exit":
        tree.kill_all(os.getpid())
    return ended_by


def _drain(status: int) -> bytes:
    data = b""
    while part := os.read(status, 4096):
        data += part
    os.close(status)
    return data


def _refine(report: Report, job: Job, group: Group | None, status: bytes) -> None:
    """A limit that the kernel enforced looks like an ordinary exit: say which one it was."""
    if report.ended_by != "exit":
        return
    if group and group.out_of_memory():
        report.ended_by = "memory"
    elif job.status_fd >= 0 and b'"exit-code"' not in status:
        report.error = "the box could not be set up"
    elif report.exit_code == 128 + SIGXCPU:
        report.ended_by = "cpu"
    elif report.exit_code == 128 + SIGXFSZ:
        report.ended_by = "disk"
