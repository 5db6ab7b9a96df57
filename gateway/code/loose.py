"""Writing commits into a repository without starting git, which would take longer than all the rest."""

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from pathlib import Path

from mycoderai.broker.git import AUTHOR_EMAIL, AUTHOR_NAME


def write_commit(git_dir: Path, tree: str, parents: Sequence[str], message: str, at_s: int) -> str:
    """A commit of a tree that is there; same arguments, same id. Blocks; meant for a thread."""
    who = f"{AUTHOR_NAME} <{AUTHOR_EMAIL}> {at_s} +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
    content = ("\n".join(lines) + f"\n\n{message}\n").encode()
    data = b"commit %d\0" % len(content) + content
    name = "sha1" if len(tree) == 40 else "sha256"
    object_id = hashlib.new(name, data, usedforsecurity=False).hexdigest()
    place = git_dir / "objects" / object_id[:2] / object_id[2:]
    if not place.exists():
        part = git_dir / "objects" / f"tmp_obj_{secrets.token_hex(8)}"
        part.write_bytes(zlib.compress(data, 1))
        place.parent.mkdir(exist_ok=True)
        part.replace(place)
    return object_id
