"""Which uid a box runs as. Never 0: the kernel exempts real root from limits and lets it write to /proc/sys."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST_UID = 64000
SLOTS = 256


def owned_by_a_box(uid: int) -> bool:
    return FIRST_UID <= uid < FIRST_UID + SLOTS


class Identities:
    """Gives each workspace in use by a root service a uid of its own; otherwise all boxes are the service's own uid,
    each in a user namespace."""

    def __init__(self) -> None:
        self._leases: dict[Path, tuple[int, int]] = {}  # workspace -> uid, boxes running in it

    @property
    def switching(self) -> bool:
        return os.getuid() == 0

    @contextmanager
    def lease(self, workspace: Path) -> Iterator[int]:
        """A uid that no box of this service in another workspace has while this one runs: the workspace's present
        owner if free, as that saves changing its files. Raises RuntimeError when all SLOTS are taken."""
        if not self.switching:
            yield os.getuid()
            return
        uid, boxes = self._leases.get(workspace) or (self._free(workspace.stat().st_uid), 0)
        self._leases[workspace] = (uid, boxes + 1)
        try:
            yield uid
        finally:
            self._give_back(workspace)

    def _give_back(self, workspace: Path) -> None:
        uid, boxes = self._leases.pop(workspace)
        if boxes > 1:
            self._leases[workspace] = (uid, boxes - 1)

    def _free(self, preferred: int) -> int:
        busy = {uid for uid, _ in self._leases.values()}
        if owned_by_a_box(preferred) and preferred not in busy:
            return preferred
        for uid in range(FIRST_UID, FIRST_UID + SLOTS):
            if uid not in busy:
                return uid
        raise RuntimeError(f"boxes are running in {SLOTS} workspaces already")
