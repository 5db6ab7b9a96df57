"""Where roles come from: the files of this package, the person's own folder, the repository a step works on."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from mycoderai.schemas.errors import ConfigError, RefusedError
from mycoderai.schemas.execution import Document
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.settings import roles_folder
from mycoderai.schemas.web.fleet import RoleCard
from mycoderai.workers.core.roles.instructions import repository_roles
from mycoderai.workers.core.roles.role_files import Layer, RoleFile, parse_role
from mycoderai.workers.core.roles.roles import Role, merge

PACKAGE = Path(__file__).parent / "roles"
CAPS_REPOSITORY_ROLES = "coder"
MAX_FILE_BYTES = 256 * 1024
_TRUSTED: tuple[Layer, ...] = ("package", "user")
_Stamp = tuple[int, int]


class Rolebook:
    """The roles of one process. A file that changes is read again; what does not change is read once."""

    def __init__(self, own: Path | None = None) -> None:
        """own: the person's folder; by default the one beside the user's configuration file."""
        self._own = own or roles_folder(os.environ)
        self._read: dict[Path, tuple[_Stamp, RoleFile]] = {}

    def role(self, name: str, documents: Sequence[Document] = ()) -> Role:
        """A role as it holds for a repository with these documents. A pool such as `coder-docker` plays the role
        `coder`, unless it has a file of its own.

        Raises RefusedError, which names file and line where a file has an error.
        """
        try:
            role = self._find(name, documents) or self._played(name, documents)
        except ConfigError as err:
            raise RefusedError(Failure(code=FailureCode.UNKNOWN_ROLE, message=err.message, fix=err.fix)) from err
        if role is None:
            known = ", ".join(self.names(documents))
            raise RefusedError(
                Failure(
                    code=FailureCode.UNKNOWN_ROLE,
                    message=f"There is no role {name[:64]!r}. Known: {known}.",
                    fix="write roles/NAME.md beside config.toml, or .mycoder/roles/NAME.md in the repository",
                )
            )
        return role

    def names(self, documents: Sequence[Document] = ()) -> tuple[str, ...]:
        """Built-in roles, the person's own, the repository's own."""
        found = [path.stem for folder in (PACKAGE, self._own) for path in sorted(folder.glob("*.md"))]
        return tuple(dict.fromkeys((*found, *(name for name, _ in repository_roles(documents)))))

    def cards(self) -> list[RoleCard]:
        """The roles that hold for any repository. One whose file has an error says so in its description."""
        return [self._card(name) for name in self.names()]

    def team(self, names: Iterable[str], documents: Sequence[Document] = ()) -> tuple[tuple[str, str], ...]:
        """Name and description of roles a planner may give work to. One whose file has an error is left out: the
        plan cannot use it, and a step that names it says why."""
        members = []
        for name in names:
            try:
                members.append((name, self.role(name, documents).description))
            except RefusedError:
                continue
        return tuple(members)

    def _card(self, name: str) -> RoleCard:
        try:
            role = self.role(name)
        except RefusedError as err:
            return RoleCard(name=name, description=err.message)
        return RoleCard(
            name=name,
            description=role.description,
            tools=role.tools,
            writes=role.writes,
            model=role.model,
            turns=role.max_turns,
            minutes=role.max_minutes,
            budget_usd=role.max_budget_usd,
            hand_in=role.hand_in,
            approve=role.permission_mode,
        )

    def _find(self, name: str, documents: Sequence[Document]) -> Role | None:
        if not is_token(name):
            return None
        trusted = [file for layer in _TRUSTED if (file := self._file(layer, name))]
        brought = [
            parse_role(document.text, document.path, "repository", name)
            for stem, document in repository_roles(documents)
            if stem == name
        ]
        if not trusted and not brought:
            return None
        if trusted:
            return merge([*trusted, *brought], Role(name=name))
        return merge(brought, self._borrowed(name))

    def _played(self, pool: str, documents: Sequence[Document]) -> Role | None:
        """The role in the name of a pool: what stands before its capabilities."""
        while "-" in pool:
            pool = pool.rpartition("-")[0]
            if role := self._find(pool, documents):
                return role
        return None

    def _borrowed(self, name: str) -> Role:
        """What a role may do that only the repository knows: no more than the coder of the person and the package."""
        coder = self.role(CAPS_REPOSITORY_ROLES)
        return msgspec.structs.replace(coder, name=name, description="")

    def _file(self, layer: Layer, name: str) -> RoleFile | None:
        path = (PACKAGE if layer == "package" else self._own) / f"{name}.md"
        try:
            found = path.stat()
        except FileNotFoundError:
            self._read.pop(path, None)
            return None
        stamp = (found.st_mtime_ns, found.st_size)
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            known = self._read[path] = (stamp, _parse(path, layer, name))
        return known[1]


def _parse(path: Path, layer: Layer, name: str) -> RoleFile:
    source = f"built-in {name}" if layer == "package" else f"roles/{path.name}"
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{source} cannot be read: {err}", f"check the file {path}") from err
    return parse_role(text, source, layer, name)
