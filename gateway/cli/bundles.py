"""Making a run's result fit for the repository it goes to.

A result builds on what the run was given. When that was a person's uncommitted work, the commit that held it exists
nowhere else, so it has to come along.
"""

import asyncio
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.artifacts import get_file
from mycoderai.broker.checkout import locate
from mycoderai.broker.git import Git
from mycoderai.broker.repository import BundleHeader, index_objects, read_bundle_header, unpack, write_bundle_header
from mycoderai.schemas.execution import ArtifactRef


async def fitting(nc: Client, place: Path, bundle: Path, start: ArtifactRef | None) -> Path:
    """The bundle itself where `place` has what it builds on; else one that also holds what the run was given."""
    header, _ = await asyncio.to_thread(read_bundle_header, bundle)
    if start is None or await _has_all(place, header.needs):
        return bundle
    given = bundle.with_name("given.pack")
    await get_file(nc, start, given)
    return await _with_given(given, bundle, header)


async def _has_all(place: Path, commits: tuple[str, ...]) -> bool:
    checkout = await locate(place)
    if checkout is None:
        return True  # whoever fetches will say that it is no repository
    names = "".join(f"{commit}^{{commit}}\n" for commit in commits)
    found = await checkout.git.run("cat-file", "--batch-check", stdin=names.encode())
    return " missing" not in found.line


async def _with_given(given: Path, bundle: Path, header: BundleHeader) -> Path:
    git_dir = bundle.with_name("given.git")
    base = (await unpack(given, git_dir)).base
    git = Git(git_dir=git_dir)
    _, offset = await asyncio.to_thread(read_bundle_header, bundle)
    await index_objects(git, bundle, offset)
    whole = bundle.with_name("whole.bundle")
    revisions = [*header.refs.values(), *([f"^{base}"] if base else []), ""]
    with await asyncio.to_thread(whole.open, "wb") as file:
        write_bundle_header(
            file, BundleHeader(refs=header.refs, needs=(base,) if base else (), object_format=header.object_format)
        )
        await git.run(
            *("pack-objects", "--revs", "--thin", "--stdout", "--quiet", "--delta-base-offset"),
            stdin="\n".join(revisions).encode(),
            stdout=file,
        )
    return whole
