"""Code under work shares the host's loopback while it installs requirements; an open gateway must not open to it."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, gateway

from mycoderai.gateway.cli.checks_gateway import gateway_finding
from mycoderai.gateway.peers import Owner, Peers, _look_into_table, is_held_beside_us, owner_of
from mycoderai.schemas.execution import BOX_UIDS
from mycoderai.schemas.settings import Settings

BOX = BOX_UIDS.start + 7
SOMEBODY = 12_345
CLONE_NEWUSER = 0x10000000
_CONNECT = f"""
import ctypes, socket, sys
if sys.argv[2] == "boxed":
    assert ctypes.CDLL(None).unshare({CLONE_NEWUSER}) == 0
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print(flush=True)
sys.stdin.read()
"""
_RESTLESS = """
import os, socket, sys, threading
def restless():
    while True:
        for descriptor in [os.dup(0) for _ in range(50)]:
            os.close(descriptor)
for _ in range(2):
    threading.Thread(target=restless, daemon=True).start()
highest = [os.dup(0) for _ in range(100)]
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for descriptor in highest:
    os.close(descriptor)
sys.stdin.read()
"""
_ASK = f"""
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout={WITHIN_S})
connection.request("GET", "/api/v1/me", headers={{"X-User": "ann"}})
print(connection.getresponse().status)
"""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")


def ask_as(served: Gateway, uid: int) -> int:
    port = str(urlsplit(served.url).port)
    # The system's Python: others may not read ours.
    said = subprocess.run(["/usr/bin/python3", "-c", _ASK, port], user=uid, capture_output=True, check=True)
    return int(said.stdout)


@as_root
async def test_code_under_work_does_not_get_in_from_this_host(start_fleet: Any) -> None:
    header = {"gateway_user_header": "X-User", "gateway_roles": {"*": "admin"}}
    open_: RunningFleet = await start_fleet(())
    proxied: RunningFleet = await start_fleet((), name="other", gateway_proxies=("127.0.0.1",), **header)
    async with gateway(open_.settings) as to_all, gateway(proxied.settings) as to_proxies:
        for served in (to_all, to_proxies):
            assert await asyncio.to_thread(ask_as, served, BOX) == 401
            assert await asyncio.to_thread(ask_as, served, SOMEBODY) == 200


@asynccontextmanager
async def stopped(pid: int) -> AsyncIterator[None]:
    """Meanwhile the process sees nothing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        await eventually(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_request_whose_sender_has_gone_is_nobodys(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    async with gateway(fleet.settings) as served:
        address = urlsplit(served.url)
        body = b'{"name":"mallory"}'
        head = f"POST /api/v1/tokens HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=WITHIN_S) as connection:
            # All of it arrives together with the end: when it is asked who sent it, nobody holds that socket any more.
            async with stopped(served.process.pid):
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                connection.shutdown(socket.SHUT_WR)
            assert b" 401 " in await asyncio.to_thread(connection.recv, 1 << 16)
        assert "mallory" not in (await served.get("/api/v1/tokens")).text


@contextmanager
def connected(port: int, how: str) -> Iterator[None]:
    command = ["/usr/bin/python3", "-c", _CONNECT, str(port), how]
    user = {"user": SOMEBODY} if os.getuid() == 0 else {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **user) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"\n"
        yield
        process.stdin.close()


@pytest.mark.parametrize(("how", "verdict"), [("free", True), ("boxed", False)])
async def test_a_box_without_a_uid_of_its_own_is_known_by_its_namespace(how: str, verdict: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = listener.getsockname()
        with connected(server[1], how):
            accepted, client = listener.accept()
            with accepted:
                owner = owner_of(client, server)
                assert owner
                assert _look_into_table(client, server) == owner
                assert is_held_beside_us(owner.inode) == verdict
                assert await Peers().is_person(client, server) == verdict


def test_a_closed_end_and_an_unknown_one_belong_to_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = socket.create_connection(listener.getsockname())
        accepted, client = listener.accept()
        with accepted:
            mine = owner_of(client, listener.getsockname())
            assert mine == Owner(os.getuid(), os.fstat(connection.fileno()).st_ino)
            connection.close()
            assert owner_of(client, listener.getsockname()) is None
        assert not is_held_beside_us(mine.inode)
    assert owner_of(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({}, "ok", "without a password, but not to code under work"),
        ({"gateway_access": "token"}, "ok", "tokens alone"),
        ({"trust_code": True}, "warn", "code under work included"),
        ({"gateway_proxies": ("10.0.0.1",), "gateway_user_header": "X-User"}, "ok", "trusted proxy"),
        ({"gateway_proxies": ("10.0.0.1",)}, "fail", "gateway_user_header"),
    ],
)
async def test_the_doctor_says_to_whom_the_gateway_opens(changes: dict[str, Any], state: str, says: str) -> None:
    finding = await gateway_finding(Settings(**changes))
    assert (finding.state, says in finding.text) == (state, True), finding


def test_who_opens_and_closes_files_meanwhile_holds_its_socket_all_the_same() -> None:
    command = ["/usr/bin/python3", "-c", _RESTLESS]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with subprocess.Popen([*command, str(port)], stdin=subprocess.PIPE) as process:
            accepted, client = listener.accept()
            with accepted:
                owner = owner_of(client, ("127.0.0.1", port))
                assert owner
                assert all(is_held_beside_us(owner.inode) for _ in range(30))
            process.kill()


def has_ipv6() -> bool:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_ipv6_ends_are_found_too() -> None:
    with (
        socket.create_server(("::1", 0), family=socket.AF_INET6) as listener,
        socket.create_connection(listener.getsockname()[:2]) as connection,
    ):
        client, server = connection.getsockname()[:2], listener.getsockname()[:2]
        found = Owner(os.getuid(), os.fstat(connection.fileno()).st_ino)
        assert (owner_of(client, server), _look_into_table(client, server)) == (found, found)
