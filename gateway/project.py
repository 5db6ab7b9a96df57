"""The name of a repository across runs, clones and machines, for what memory keeps about it."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from mycoderai.broker.checkout import Checkout, locate

_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^/:]+):(?P<path>[^/].*)")
"""`git@host:owner/name.git`, the form ssh remotes mostly have."""


async def project_name(path: Path) -> str:
    """`host/owner/name` of the remote `origin`; without one the first commit of the history; without that the
    folder's name."""
    checkout = await locate(path)
    if checkout is None:
        return path.expanduser().resolve().name
    found = await checkout.git.run("config", "--get", "remote.origin.url", ok=(0, 1))
    return normalised(found.line) or await _first_commit(checkout) or checkout.root.name


def normalised(url: str) -> str:
    """A remote's address without scheme, user, password, port and `.git`; empty for one on this machine, which says
    nothing to another."""
    if "://" in url:
        parts = urlsplit(url)
        host, path = ("", "") if parts.scheme == "file" else (parts.hostname or "", parts.path)
    elif found := _SCP.fullmatch(url):
        host, path = found["host"], found["path"]
    else:
        return ""
    path = path.strip("/").removesuffix(".git").rstrip("/")
    return f"{host}/{path}".lower() if host and path else ""


async def _first_commit(checkout: Checkout) -> str:
    if await checkout.head() is None:
        return ""
    roots = await checkout.git.run("rev-list", "--max-parents=0", "HEAD")
    return roots.line.splitlines()[-1]
