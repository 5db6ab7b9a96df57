"""What the service asks the launcher to do, and what it gets back. Sent with `marshal`: both ends are the same
interpreter, and `json` would cost 10 ms of start-up."""

from __future__ import annotations

import marshal


class Job:
    """One run. Paths are host paths; `view` and `uid` are for a launcher that is root."""

    def __init__(
        self,
        *,
        argv: list[str],
        env: dict[str, str],
        cwd: str,
        fds: list[bytes],
        rlimits: list[tuple[int, int, int]],
        wall_s: float,
        cpu_s: float,
        memory_bytes: int,
        processes: int,
        disk_bytes: int,
        disk_trees: list[str],
        cgroup: str = "",
        uid: int = -1,
        view: list[tuple[str, str]] | None = None,
        status_fd: int = -1,
    ) -> None:
        self.argv = argv
        self.env = env
        self.cwd = cwd
        self.fds = fds
        "Contents handed to the child as read-only files, at FIRST_FD and up."
        self.rlimits = rlimits
        "(resource, soft, hard)"
        self.wall_s = wall_s
        self.cpu_s = cpu_s
        self.memory_bytes = memory_bytes
        self.processes = processes
        self.disk_bytes = disk_bytes
        self.disk_trees = disk_trees
        self.cgroup = cgroup
        "An existing cgroup directory to make the box's own group in; empty for none."
        self.uid = uid
        "Become this uid and gid, or -1 to stay."
        self.view = view or []
        "(host path, name): bind these below VIEW in a private mount namespace."
        self.status_fd = status_fd
        "Where bwrap writes its JSON status, or -1 when the child is the command itself."

    def packed(self) -> bytes:
        return marshal.dumps(vars(self))

    @staticmethod
    def unpacked(data: bytes) -> Job:
        return Job(**marshal.loads(data))  # noqa: S302  from our own child or parent


FIRST_FD = 100
"The first of `Job.fds` in the child; above anything that is open there anyway."
STATUS_FD = 99


class Report:
    """How the box ended. `error` is set when the command was never started."""

    def __init__(self, *, ended_by: str, exit_code: int, cpu_s: float, duration_s: float, error: str = "") -> None:
        self.ended_by = ended_by
        self.exit_code = exit_code
        self.cpu_s = cpu_s
        self.duration_s = duration_s
        self.error = error

    def packed(self) -> bytes:
        return marshal.dumps(vars(self))

    @staticmethod
    def unpacked(data: bytes) -> Report:
        return Report(**marshal.loads(data))  # noqa: S302  from our own child or parent
