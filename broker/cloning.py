"""A repository behind a URL as a packed repository, as far as the fleet's settings allow that URL.

No credentials, no redirects, no submodules, no other transport than the URL's own: what is fetched is what anybody
could fetch from there.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from mycoderai.broker.checkout import RepositoryError
from mycoderai.broker.git import Git
from mycoderai.broker.guarded import BROKEN, TOLERATED, guarded, in_bounds, is_commit, is_ref, packed_from
from mycoderai.broker.packing import PackedRepository
from mycoderai.broker.repository import make_bare

DEPTH = 50
SCHEMES = ("https", "http", "git")
MOST_CHARS = 2_000
_PORTS = {"https": 443, "http": 80, "git": 9418}
_FETCHED = "refs/mycoder/fetched"
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_FETCH = {
    "http.followRedirects": "false",
    "credential.helper": "",
    "core.askPass": "true",
    "fetch.recurseSubmodules": "false",
    "fetch.fsckObjects": "true",
    "fetch.unpackLimit": "1",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    **{f"fetch.fsck.{name}": "error" for name in BROKEN},
    **{f"fetch.fsck.{name}": "ignore" for name in TOLERATED},
}


def why_not(url: str, allowed: Sequence[str]) -> str:
    """Why a repository may not be cloned from there; empty when it may. No reason repeats the URL: it may hold a
    password."""
    if len(url) > MOST_CHARS or not url.isascii() or not url.isprintable() or any(odd in url for odd in ' \\"<>'):
        return "the URL has characters that none has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "the URL makes no sense"
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        return f"only URLs that begin with {', '.join(f'{scheme}://' for scheme in SCHEMES)} and a host are cloned"
    if "@" in parts.netloc:
        return "the URL holds a user name or a password; only what needs none is cloned"
    if parts.query or parts.fragment or _climbs(parts.path):
        return "the URL has more than a path, or one that goes up"
    if not any(_is_below(parts, prefix) for prefix in allowed):
        return "the setting clone_from does not name where it is"
    return ""


async def clone(url: str, ref: str, folder: Path) -> PackedRepository:
    """Fetch the last commits of a branch, tag or commit, or of HEAD, into an empty folder, and pack them. Whether the
    URL is allowed was looked at before.

    Raises:
        RepositoryError: nothing there, no such ref, or more than the bounds allow.
    """
    if ref and not is_ref(ref):
        raise RepositoryError("That is not the name of a branch, tag or commit.", "Name one, or none for its HEAD.")
    git_dir = folder / "received.git"
    make_bare(git_dir)
    git = _fetching(git_dir, folder, urlsplit(url).scheme)
    options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance")
    async with in_bounds("to clone", "Check the URL and the name of the branch."):
        branch = await _branch(git, url, ref)
        wanted = f"+{branch or ref or 'HEAD'}:{_FETCHED}"
        await git.run("fetch", *options, f"--depth={DEPTH}", "--", url, wanted)
        commit = (await guarded(git_dir).run("rev-parse", "--verify", f"{_FETCHED}^{{commit}}")).line
        return await packed_from(git_dir, commit, branch.removeprefix("refs/heads/"), folder / "repository.pack")


def _fetching(git_dir: Path, home: Path, scheme: str) -> Git:
    """A git that may speak one protocol, and has a home without anything in it."""
    proxies = {name: os.environ[name] for name in _PROXIES if name in os.environ}
    bare = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "GIT_ALLOW_PROTOCOL": scheme}
    return guarded(git_dir).with_config(_FETCH).with_env(**proxies, **bare)


async def _branch(git: Git, url: str, ref: str) -> str:
    """The whole name of the branch that is meant; empty for a tag or a commit."""
    if is_commit(ref):
        return ""
    asked = ("--symref", "--", url, "HEAD") if not ref else ("--heads", "--", url, f"refs/heads/{ref}")
    found = (await git.run("ls-remote", "--quiet", *asked, max_bytes=1 << 16)).line.split()
    if not ref:
        named = found[1] if found[:1] == ["ref:"] else ""
        return named if named.startswith("refs/heads/") and is_ref(named) else ""
    return f"refs/heads/{ref}" if found else ""


def _climbs(path: str) -> bool:
    return any(part in ("..", ".") for part in unquote(path).split("/")) or "%" in unquote(path)


def _is_below(url: SplitResult, prefix: str) -> bool:
    try:
        allowed = urlsplit(prefix)
        same = _place(allowed) == _place(url)
    except ValueError:
        return False
    top = allowed.path.rstrip("/")
    return same and (url.path == top or url.path.startswith(f"{top}/"))


def _place(url: SplitResult) -> tuple[str, str, int]:
    return url.scheme, url.hostname or "", url.port or _PORTS.get(url.scheme, 0)
