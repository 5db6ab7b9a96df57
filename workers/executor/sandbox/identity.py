"""Which uid a box runs as. Never 0: the kernel exempts real root from limits and lets it write to /proc/sys."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mycoderai.schemas.execution import BOX_UIDS

FIRST_UID, SLOTS = BOX_UIDS.start, len(BOX_UIDS)
UID_MAP = Path("/proc/self/uid_map")


def owned_by_a_box(uid: int) -> bool:
    return uid in BOX_UIDS


def switches(uid_map: Path = UID_MAP) -> bool:
    """Whether boxes get uids of their own: for a root that has them. A root made by a user namespace often has not;
    it is somebody else in truth, and its boxes stay that."""
    return os.getuid() == 0 and any(
        first <= FIRST_UID and first + count >= FIRST_UID + SLOTS for first, _, count in _ranges(uid_map)
    )


def stuck_as_real_root(uid_map: Path = UID_MAP) -> bool:
    """Whether boxes would run as uid 0 of the machine, which nothing holds back."""
    if os.getuid() != 0 or switches(uid_map):
        return False
    return any(first == 0 and outside == 0 for first, outside, _ in _ranges(uid_map))


def _ranges(uid_map: Path) -> list[tuple[int, int, int]]:
    """(first uid here, first uid outside, how many)"""
    rows = (line.split() for line in uid_map.read_text().splitlines())
    return [(int(first), int(outside), int(count)) for first, outside, count in rows]


class Identities:
    """Gives each workspace in use by a root service a uid of its own; otherwise all boxes are the service's own uid,
    each in a user namespace."""

    def __init__(self) -> None:
        self.switching = switches()
        self._leases: dict[Path, tuple[int, int]] = {}  # workspace -> uid, boxes running in it

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
