"""The throw-away repository in a workspace, which answers the agent's `git status`, `git diff` and `git log`.

It is put there before any code runs, and the host never reads it: a git directory that code under work can write is a
program to run. It holds one commit, of the files the step begins with, and nothing else of the run's.
"""

import asyncio
import secrets
import shutil
from pathlib import Path

from mycoderai.broker.git import Git
from mycoderai.broker.repository import make_bare
from mycoderai.workers.executor.run_repository import RunRepository

_CONFIG = """
[core]
\tbare = false
[user]
\tname = start
\temail = start@localhost
"""


async def give_private_history(repository: RunRepository, workspace: Path, tree: str) -> None:
    """Put it into a workspace that holds the files of `tree`. Steps that begin at the same tree share the work."""
    template = repository.path.with_name(f"history-{tree}")
    if not template.exists():
        await _make(repository, tree, template)
    await asyncio.to_thread(shutil.copytree, template, workspace / ".git")


async def _make(repository: RunRepository, tree: str, template: Path) -> None:
    part = template.with_name(f".{template.name}.{secrets.token_hex(4)}")
    try:
        await asyncio.to_thread(make_bare, part, repository.header.object_format)
        commit = await repository.commit(tree, [], "Start", at_s=0)
        with (part / "config").open("a") as config:
            config.write(_CONFIG)
        (part / "refs/heads/main").write_text(f"{commit}\n")
        (part / "objects/pack").mkdir()
        await repository.git.run(
            "pack-objects", "--revs", "--quiet", str(part / "objects/pack/pack"), stdin=commit.encode()
        )
        await Git(git_dir=part).run("read-tree", commit)
        part.rename(template)
    except OSError:
        # Another session of the run was faster.
        if not template.exists():
            raise
    finally:
        await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)
