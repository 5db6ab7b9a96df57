"""Machines: network namespaces on one switch, each with a home, a temporary folder and data of its own."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mycoderai.broker.server import Node, end_with_parent
from mycoderai.schemas.settings import Settings

MYCODER = Path(sys.executable).parent / "mycoder"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Machines:
    """`10.213.N.1` is this process, which stands for the machine of whoever hands in work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tag = secrets.token_hex(2)
        self._switch = f"sw{self._tag}"
        self._net = f"10.213.{secrets.randbelow(250) + 1}"
        self._names: list[str] = []
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "br0", "type", "bridge")
        ip("-n", self._switch, "link", "set", "br0", "up")
        ip("link", "add", f"h{self._tag}", "type", "veth", "peer", "name", "host", "netns", self._switch)
        ip("-n", self._switch, "link", "set", "host", "master", "br0", "up")
        ip("addr", "add", f"{self._net}.1/24", "dev", f"h{self._tag}")
        ip("link", "set", f"h{self._tag}", "up")

    def add(self, name: str) -> str:
        """A machine's address."""
        space, address = self._space(name), f"{self._net}.{len(self._names) + 2}"
        self._names.append(name)
        ip("netns", "add", space)
        ip("link", "add", "eth0", "netns", space, "type", "veth", "peer", "name", name, "netns", self._switch)
        ip("-n", self._switch, "link", "set", name, "master", "br0", "up")
        ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
        ip("-n", space, "link", "set", "eth0", "up")
        ip("-n", space, "link", "set", "lo", "up")
        self.home(name).mkdir()
        return address

    def nodes(self, names: Sequence[str]) -> list[Node]:
        return [Node(name, self.add(name)) for name in names]

    def enter(self, name: str) -> list[str]:
        """What a command is put behind to run on a machine."""
        return ["ip", "netns", "exec", self._space(name)]

    @property
    def here(self) -> str:
        """The address of this process."""
        return f"{self._net}.1"

    def silence(self, name: str) -> None:
        """The switch drops what comes from a machine and what is for it, and neither side sees anything of that."""
        ip("-n", self._switch, "link", "set", name, "nomaster")

    def hear(self, name: str) -> None:
        ip("-n", self._switch, "link", "set", name, "master", "br0")

    def unplug(self, name: str) -> None:
        ip("-n", self._switch, "link", "set", name, "down")

    def plug(self, name: str) -> None:
        ip("-n", self._switch, "link", "set", name, "up")

    def home(self, name: str) -> Path:
        return self.folder / f"machine-{name}"

    def worker(self, settings: Settings, *roles: str, name: str = "") -> None:
        """A worker on a machine of its own, with the passwords of its own roles and nothing else of ours."""
        name = name or roles[0]
        self.add(name)
        home = self.home(name)
        (home / "credentials").mkdir(mode=0o700)
        (home / "tmp").mkdir()
        for role in roles:
            shutil.copy2(settings.credentials / role, home / "credentials" / role)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "MYCODER_DATA_DIR": str(home / "data"),
            "MYCODER_CREDENTIALS_DIR": str(home / "credentials"),
            "MYCODER_NATS_URL": settings.nats_url,
            "MYCODER_SHARDS": str(settings.shards),
            "MYCODER_DURABILITY": settings.durability,
        }
        (home / "data").mkdir()
        options = [option for role in roles for option in ("--role", role)]
        with (home / "log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [*self.enter(name), str(MYCODER), "worker", *options],
                env=env,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def kill(self, name: str) -> None:
        """The machine dies: its processes, and its disk."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        pids = subprocess.run(["ip", "netns", "pids", self._space(name)], capture_output=True, text=True, check=True)
        for pid in pids.stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        shutil.rmtree(self.home(name), ignore_errors=True)

    def log(self, name: str) -> str:
        return (self.home(name) / "log").read_text(errors="replace")

    def stop(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for name in self._names:
            subprocess.run(["ip", "netns", "del", self._space(name)], check=False)
        subprocess.run(["ip", "link", "del", f"h{self._tag}"], check=False)
        subprocess.run(["ip", "netns", "del", self._switch], check=False)

    def _space(self, name: str) -> str:
        return f"{name}-{self._tag}"
