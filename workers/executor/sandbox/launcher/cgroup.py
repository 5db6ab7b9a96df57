"""A memory cgroup for one box, version 1 or 2: the only hard limit on the memory of a whole tree."""

from __future__ import annotations

import os

PREFIX = "mycoder-box-"


class Group:
    """A cgroup directory below `parent`. Made on construction (OSError when not allowed), removed by `remove`."""

    def __init__(self, parent: str, name: str, memory_bytes: int) -> None:
        self.path = f"{parent}/{name}"
        self.v1 = os.path.exists(f"{parent}/memory.limit_in_bytes")
        os.mkdir(self.path)
        try:
            self._limit(memory_bytes)
        except OSError:
            self.remove()
            raise

    def _limit(self, memory_bytes: int) -> None:
        if self.v1:
            self._write("memory.limit_in_bytes", memory_bytes)
            self._write_if_there("memory.memsw.limit_in_bytes", memory_bytes)
        else:
            self._write("memory.max", memory_bytes)
            self._write_if_there("memory.swap.max", 0)
            self._write_if_there("memory.oom.group", 1)

    def join(self) -> None:
        """Move the calling process, which must have one thread: for a single one the kernel skips a lock of 8 ms."""
        self._write("tasks" if self.v1 else "cgroup.procs", 0)

    def out_of_memory(self) -> bool:
        """Whether the kernel has killed something in here. Version 1 kills one process, not the group."""
        name = "memory.oom_control" if self.v1 else "memory.events"
        with open(f"{self.path}/{name}", "rb") as file:
            return any(line.startswith(b"oom_kill ") and line != b"oom_kill 0\n" for line in file)

    def remove(self) -> None:
        """Only an empty group can go; one with a process in it stays and is swept by a later service."""
        try:
            os.rmdir(self.path)
        except OSError:
            return

    def _write(self, name: str, value: int) -> None:
        with open(f"{self.path}/{name}", "wb", buffering=0) as file:
            file.write(str(value).encode())

    def _write_if_there(self, name: str, value: int) -> None:
        if os.path.exists(f"{self.path}/{name}"):
            self._write(name, value)
