"""What the forked child does between fork and exec: every step narrows what it may do."""

from __future__ import annotations

import os
import resource

from . import cgroup, view
from .job import FIRST_FD, STATUS_FD, Job
from .syscalls import F_ADD_SEALS, F_SEAL_ALL, MFD_ALLOW_SEALING, MFD_CLOEXEC, default_signals


def start(job: Job, group: cgroup.Group | None, status_pipe: int) -> int:
    """Fork and exec `job.argv`. Returns its pid once exec has succeeded.

    Raises RuntimeError with the reason when the child did not get that far; the child is then still to be reaped.
    """
    errors, errors_in_child = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _become(job, group, status_pipe)
        except BaseException as err:  # noqa: BLE001  the parent of this fork must hear about it, whatever it is
            os.write(errors_in_child, (str(err) or repr(err)).encode()[:4000])
        os._exit(127)
    os.close(errors_in_child)
    message = os.read(errors, 4096)
    os.close(errors)
    if message:
        raise RuntimeError(message.decode(errors="replace"))
    return pid


def _become(job: Job, group: cgroup.Group | None, status_pipe: int) -> None:
    if group:
        group.join()
    _install_fds(job, status_pipe)
    _step_back()
    if job.view:
        view.build(job.view)
    if job.uid >= 0:
        os.setgroups([])
        os.setresgid(job.uid, job.uid, job.uid)
        os.setresuid(job.uid, job.uid, job.uid)
    for kind, soft, hard in job.rlimits:
        _lower(kind, soft, hard)
    os.chdir(job.cwd)
    os.umask(0o022)
    default_signals()
    os.execve(job.argv[0], job.argv, job.env)  # noqa: S606  no shell is the point


def _step_back() -> None:
    """When the host is short of memory or time, the service comes first."""
    with open("/proc/self/oom_score_adj", "wb", buffering=0) as file:
        file.write(b"500")
    os.nice(5)


def _lower(kind: int, soft: int, hard: int) -> None:
    """Never above the present hard limit: raising it needs a capability that containers lack, even for root."""
    ceiling = resource.getrlimit(kind)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def _install_fds(job: Job, status_pipe: int) -> None:
    for number, content in enumerate(job.fds, FIRST_FD):
        os.dup2(_sealed(content), number, inheritable=True)
    if job.status_fd >= 0:
        os.dup2(status_pipe, STATUS_FD, inheritable=True)


def _sealed(content: bytes) -> int:
    import fcntl

    fd = os.memfd_create("box", MFD_CLOEXEC | MFD_ALLOW_SEALING)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_ALL)
    return fd
