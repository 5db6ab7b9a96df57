"""Who is at the other end of a connection over loopback: a program of a person, or code under work.

While it installs a repository's requirements, code under work shares the host's network, its loopback included. The
kernel knows who made the other end's socket: boxes have uids of their own where the executor is root, and a user
namespace of their own everywhere. What the kernel does not tell counts as code under work.
"""

import asyncio
import ipaddress
import os
import socket
import struct
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from mycoderai.schemas.execution import BOX_UIDS

Address = tuple[str, int]
_SOCK_DIAG = 4
_BY_FAMILY, _REQUEST, _TCP, _ESTABLISHED = 20, 1, socket.IPPROTO_TCP, 1
_MOST_REMEMBERED = 4_096


class Owner(NamedTuple):
    """Of a socket: the user who made it, and its number, by which processes hold it."""

    uid: int
    inode: int


class Peers:
    """Remembers its verdicts by the socket's number, which the kernel does not give twice while a socket lives."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[int, bool] = OrderedDict()
        self._all_uids_are_real = _in_first_namespace()

    async def is_person(self, client: Address, server: Address) -> bool:
        """Whether the other end of this loopback connection certainly is no code under work."""
        owner = owner_of(client, server)
        if owner is None or owner.uid in BOX_UIDS:
            return False
        if owner.uid == 0 and self._all_uids_are_real:
            return True  # no box is ever the host's root
        if owner.inode not in self._verdicts:
            self._remember(owner.inode, await asyncio.to_thread(is_held_beside_us, owner.inode))
        return self._verdicts[owner.inode]

    def _remember(self, inode: int, verdict: bool) -> None:
        self._verdicts[inode] = verdict
        if len(self._verdicts) > _MOST_REMEMBERED:
            self._verdicts.popitem(last=False)


def is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def owner_of(client: Address, server: Address) -> Owner | None:
    """Who holds the client's end, while somebody does. A socket whose process has gone belongs to nobody."""
    try:
        return _ask_kernel(client, server)
    except OSError:  # no such socket, or a kernel that is not asked this way
        return _look_into_table(client, server)


def _ask_kernel(client: Address, server: Address) -> Owner | None:
    family = socket.AF_INET6 if ":" in client[0] else socket.AF_INET
    ends = struct.pack("!HH", client[1], server[1]) + _packed(family, client[0]) + _packed(family, server[0])
    body = struct.pack("=BBBBI", family, _TCP, 0, 0, 0xFFFFFFFF) + ends + struct.pack("=I", 0) + b"\xff" * 8
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.settimeout(1)
        kernel.send(struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, _REQUEST, 1, 0) + body)
        answer = kernel.recv(8192)
    if struct.unpack_from("=H", answer, 4)[0] != _BY_FAMILY:
        raise OSError("no answer about this socket")
    state, (uid, inode) = answer[17], struct.unpack_from("=II", answer, 16 + 64)
    return Owner(uid, inode) if inode and state == _ESTABLISHED else None


def _packed(family: int, host: str) -> bytes:
    return socket.inet_pton(family, host).ljust(16, b"\0")


def _look_into_table(client: Address, server: Address) -> Owner | None:
    ends = [_as_in_table(client), _as_in_table(server)]
    table = Path("/proc/net/tcp6" if ":" in client[0] else "/proc/net/tcp")
    rows = table.read_text().splitlines()[1:] if table.exists() else []
    for fields in map(str.split, rows):
        if fields[1:3] == ends and int(fields[3], 16) == _ESTABLISHED and int(fields[9]):
            return Owner(int(fields[7]), int(fields[9]))
    return None


def _as_in_table(address: Address) -> str:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    raw = socket.inet_pton(family, address[0])
    words = [f"{struct.unpack_from('=I', raw, place)[0]:08X}" for place in range(0, len(raw), 4)]
    return f"{''.join(words)}:{address[1]:04X}"


def is_held_beside_us(inode: int) -> bool:
    """Whether a process of our own user namespace holds the socket. Boxes have one of their own; and whom we may not
    look at is not known to be none."""
    held = f"socket:[{inode}]"
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, held):
            return _namespace(process) == _namespace(Path("/proc/self"))
    return False


def _holds(process: Path, held: str) -> bool:
    try:
        with os.scandir(process / "fd") as open_files:
            return any(_target(entry.path) == held for entry in open_files)
    except OSError:  # it ended, or is not ours to look at
        return False


def _target(link: str) -> str:
    """Empty for a file that was closed meanwhile, which says nothing of the others."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""


def _namespace(process: Path) -> str:
    try:
        return os.readlink(process / "ns/user")
    except OSError:
        return ""


def _in_first_namespace() -> bool:
    try:
        return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]
    except OSError:
        return False
