"""The user's repository as it is on disk: where it is, what state it is in, and how to read it without side effects.

The repository's own configuration is never trusted: hooks, file-system monitors and content filters it names are
switched off. Only two personal settings are taken over, the ignore file and the line-ending rule, because without
them "the working state" would not be what the user sees.
"""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from mycoderai.broker.git import Git, GitError, GitMissing, Output
from mycoderai.schemas.errors import PermanentError

_PERSONAL = ("core.excludesfile", "core.autocrlf")
_SHOWN_CHANGES = 10
_GITLINK = re.compile(rb"(?:^|\0)160000 [^\t]*\t([^\0]*)")


class RepositoryError(PermanentError):
    """Something about the user's repository stops the work. `fix` is a command or an action that helps."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """What a person wants to know before handing the repository over."""

    root: Path
    """Top folder of the repository; the folder itself when it is not one; the git directory of a bare one."""
    is_git: bool
    is_empty: bool = False
    """A repository without a commit."""
    is_bare: bool = False
    head: str | None = None
    branch: str | None = None
    """None when detached."""
    change_count: int = 0
    """Paths that differ from the commit: changed, staged, deleted, untracked and not ignored."""
    changes: tuple[str, ...] = ()
    """The first few of them."""
    submodules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A repository that was found, with a `git` that reads it and nothing else."""

    root: Path
    git_dir: Path
    is_bare: bool
    object_format: str
    git: Git

    async def path(self, name: str) -> Path:
        """Where git keeps `name`, which in a linked worktree may be in the main repository."""
        found = await self.git.run("rev-parse", "--path-format=absolute", "--git-path", name)
        return Path(found.line)

    async def head(self) -> str | None:
        """The commit of HEAD; None while there is none."""
        found = await self.git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", ok=(0, 1, 128))
        return found.line or None

    async def branch(self) -> str | None:
        """The branch of HEAD, also before its first commit; None when detached."""
        found = await self.git.run("symbolic-ref", "--quiet", "HEAD", ok=(0, 1))
        return found.line.removeprefix("refs/heads/") or None


async def inspect(path: Path) -> RepositoryState:
    """Look at the folder `path` without changing anything in it, its index included.

    Raises:
        RepositoryError: no such folder, or a repository that git refuses to read.
    """
    checkout = await locate(path)
    if checkout is None:
        return RepositoryState(root=path.resolve(), is_git=False)
    head = await checkout.head()
    changes = [] if checkout.is_bare else await _changes(checkout)
    return RepositoryState(
        root=checkout.root,
        is_git=True,
        is_empty=head is None,
        is_bare=checkout.is_bare,
        head=head,
        branch=await checkout.branch(),
        change_count=len(changes),
        changes=tuple(changes[:_SHOWN_CHANGES]),
        submodules=await _submodules(checkout, head),
    )


async def locate(path: Path) -> Checkout | None:
    """Find the repository that `path` is in; None when it is a plain folder.

    Raises:
        RepositoryError: see `inspect`.
    """
    folder = _existing_folder(path)
    try:
        found = await _discover(folder)
        return await _open(folder, found) if found else None
    except GitMissing as err:
        raise RepositoryError("git was not found on this machine.", "Install git 2.39 or newer and try again.") from err


def _existing_folder(path: Path) -> Path:
    folder = path.expanduser().absolute()
    if not folder.exists():
        raise RepositoryError(f"There is no folder {folder}.", "Check the spelling of the path.")
    if not folder.is_dir():
        fix = f"Name the folder instead: {shlex.quote(str(folder.parent))}"
        raise RepositoryError(f"{folder} is a file, not a folder.", fix)
    if not os.access(folder, os.R_OK | os.X_OK):
        fix = f"chmod u+rx {shlex.quote(str(folder))}"
        raise RepositoryError(f"The folder {folder} cannot be read by this user.", fix)
    return folder.resolve()


def _personal_git(folder: Path) -> Git:
    """git with the user's configuration, which says which folders of other owners the user trusts.

    Only for commands that look up where things are: those run nothing that a repository names.
    """
    return Git(cwd=folder, personal=True)


async def _discover(folder: Path) -> Output | None:
    found = await _personal_git(folder).run(
        "rev-parse",
        "--is-bare-repository",
        "--is-inside-git-dir",
        "--show-object-format",
        "--absolute-git-dir",
        ok=(0, 128),
    )
    if found.code == 0:
        return found
    if "dubious ownership" in found.stderr:
        trust = re.search(r"git config --global --add safe\.directory .*", found.stderr)
        raise RepositoryError(
            f"The repository at {folder} belongs to another user, so git refuses to read it.",
            trust.group() if trust else "git config --global --add safe.directory '*'",
        )
    if (folder / ".git").exists():
        raise RepositoryError(
            f"{folder / '.git'} is there but git cannot use it: {found.stderr.strip()}",
            "Repair it (git worktree repair, git fsck), or remove .git to work on the plain files.",
        )
    return None


async def _open(folder: Path, found: Output) -> Checkout:
    bare, inside, object_format, git_dir = found.line.split("\n", 3)
    if bare == "false" and inside == "true":
        fix = f"Name the folder above it: {shlex.quote(str(Path(git_dir).parent))}"
        raise RepositoryError(f"{folder} is the inside of a repository, not its files.", fix)
    root = Path(git_dir)
    if bare == "false":
        root = Path((await _personal_git(folder).run("rev-parse", "--show-toplevel")).line)
    git = Git(git_dir=Path(git_dir), work_tree=None if bare == "true" else root)
    return Checkout(
        root=root,
        git_dir=Path(git_dir),
        is_bare=bare == "true",
        object_format=object_format,
        git=git.with_config(await _personal_settings(folder) | await _no_filters(git)),
    )


async def _personal_settings(folder: Path) -> dict[str, str]:
    pattern = "^(" + "|".join(name.replace(".", r"\.") for name in _PERSONAL) + ")$"
    found = await _personal_git(folder).run("config", "--null", "--get-regexp", pattern, ok=(0, 1))
    return dict(item.partition("\n")[::2] for item in found.items if "\n" in item)


async def _no_filters(git: Git) -> dict[str, str]:
    """Settings that make every content filter of the repository's configuration a no-op."""
    found = await git.run("config", "--null", "--name-only", "--get-regexp", r"^filter\.", ok=(0, 1))
    drivers = {name.rpartition(".")[0] for name in found.items}
    empty = {f"{driver}.{command}": "" for driver in drivers for command in ("clean", "smudge", "process")}
    return empty | {f"{driver}.required": "false" for driver in drivers}


async def _changes(checkout: Checkout) -> list[str]:
    try:
        status = await checkout.git.run(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"
        )
    except GitError as err:
        raise damaged(checkout.root, err) from err
    return [item[3:] for item in status.items]


async def _submodules(checkout: Checkout, head: str | None) -> tuple[str, ...]:
    if head is None:
        return ()
    return await gitlinks(checkout.git, head)


async def gitlinks(git: Git, commit: str) -> tuple[str, ...]:
    """Paths of the submodules that a commit records."""
    listing = await git.run("ls-tree", "-r", "-z", "--full-tree", commit)
    return tuple(os.fsdecode(path) for path in _GITLINK.findall(listing.stdout))


def damaged(root: Path, err: GitError) -> RepositoryError:
    """The error for a repository that git cannot read to the end."""
    return RepositoryError(
        f"git could not read the repository at {root}: {err.stderr.strip() or err}",
        f"git -C {shlex.quote(str(root))} fsck",
    )
