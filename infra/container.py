"""What the containers of compose.yaml need beside `mycoder`: `python /opt/mycoder/container.py VERB`.

configure   users, passwords and nats-server's configuration; each service gets the passwords of its own roles
declare     make the streams what they are declared to be
connected   health of a worker: it holds a connection to the broker
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from mycoderai.broker.credentials import ADMIN, CLIENT, SERVICES, ensure_users
from mycoderai.broker.server import render_config
from mycoderai.gateway.fleet_broker import declare_streams
from mycoderai.gateway.fleet_plan import default_roles, plan
from mycoderai.schemas.settings import Settings, load

BROKER = Path("/broker")
PASSWORDS = Path("/credentials")
PORT = 4222
MONITOR = 8222
ESTABLISHED = "01"


def configure(settings: Settings) -> None:
    """Passwords that exist are kept, so a second start changes nothing."""
    users = ensure_users(BROKER / "users", (*SERVICES, *settings.all_pools))
    for service, roles in roles_of(settings).items():
        for role in roles:
            _write_private(PASSWORDS / service / role, (BROKER / "users" / role).read_text())
    _write_private(BROKER / "nats.conf", json.dumps(server_config(settings, users), indent=1))


def server_config(settings: Settings, users: list[object]) -> dict[str, object]:
    """The embedded server's own configuration, but for where it listens and where its files are."""
    config: dict[str, object] = json.loads(render_config(settings, users, PORT, BROKER))  # type: ignore[arg-type]
    for key in ("ports_file_dir", "log_file"):
        del config[key]
    return config | {"host": "0.0.0.0", "http": f"127.0.0.1:{MONITOR}"}  # noqa: S104 - only inside its own network


def roles_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Which service holds which passwords."""
    workers = {spec.name: spec.roles for spec in plan((*default_roles(settings), *settings.pools), settings)}
    return workers | {"streams": (ADMIN,), "cli": (CLIENT,)}


def connected(settings: Settings) -> bool:
    port = f"{urlsplit(settings.nats_url).port or PORT:04X}"
    rows = [line.split() for name in ("tcp", "tcp6") for line in _lines(Path(f"/proc/net/{name}"))]
    return any(row[2].endswith(f":{port}") and row[3] == ESTABLISHED for row in rows)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()[1:] if path.exists() else []


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)


def main(verb: str) -> int:
    settings, _ = load(os.environ)
    match verb:
        case "configure":
            configure(settings)
        case "declare":
            asyncio.run(declare_streams(settings))
        case "connected":
            return 0 if connected(settings) else 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
