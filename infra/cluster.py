"""Configurations of a three-node broker: `python infra/cluster.py FOLDER NAME=HOST NAME=HOST NAME=HOST`.

Writes FOLDER/NAME.conf for each server, to be started there with `nats-server -c NAME.conf`, and FOLDER/credentials,
from which every other host gets the files of its own roles. Run again, it keeps the passwords. The settings of the
fleet (MYCODER_DURABILITY, MYCODER_SHARDS, MYCODER_POOLS) are read as always.
"""

import os
import sys
from pathlib import Path

from mycoderai.broker.credentials import SERVICES, ensure_users
from mycoderai.broker.server import Node, render_node
from mycoderai.schemas.settings import load

STORE = Path("/var/lib/mycoder-nats")


def main(arguments: list[str]) -> int:
    pairs = [argument.partition("=") for argument in arguments[1:]]
    nodes = [Node(name, host) for name, equals, host in pairs if equals and host]
    if len(nodes) < 3 or len(nodes) != len(pairs):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    settings, _ = load(os.environ)
    users = ensure_users(folder / "credentials", (*SERVICES, *settings.all_pools))
    (route,) = ensure_users(folder / "routes", ("route",))
    for node in nodes:
        path = folder / f"{node.name}.conf"
        path.unlink(missing_ok=True)
        text = render_node(settings, users, node, nodes, route, STORE)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
