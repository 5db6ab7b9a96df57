"""Which processes a fleet consists of, and how each is started."""

import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

import msgspec

from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import BUILT_IN_POOLS, PREFIX, Settings

GATEWAY = "gateway"
SERVICES = ("orchestrator", "executor", "model", "memory", GATEWAY)
ANSWERING = ("executor", "model", "memory")
ALONE = ("memory", GATEWAY)
DEFAULT_ROLES = ("orchestrator", *BUILT_IN_POOLS, "executor", "model", "memory", GATEWAY)
AGENTS = "agents"
REDIS_URL = f"{PREFIX}REDIS_URL"
METRICS_PORT = f"{PREFIX}METRICS_PORT"
_SECRET_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_CREDENTIALS", "_CREDS")


class WorkerSpec(NamedTuple):
    """One worker process: its name in logs and messages, the roles it plays."""

    name: str
    roles: tuple[str, ...]
    slots: int = 0
    """Steps at a time; 0 leaves it to the worker."""
    handler: str = ""
    """`package.module:function` for a pool of one's own."""

    @property
    def pools(self) -> tuple[str, ...]:
        """Those of its roles that take commands from the queue."""
        return tuple(role for role in self.roles if role not in (*ANSWERING, GATEWAY))

    @property
    def services(self) -> tuple[str, ...]:
        """Those of its roles that other workers ask for something."""
        return tuple(role for role in self.roles if role in ANSWERING)

    @property
    def answers(self) -> bool:
        return bool(self.services)

    @property
    def alone(self) -> bool:
        """Whether there can be only one at a time: it owns a file or a port."""
        return not set(self.roles).isdisjoint(ALONE)


CommandOf = Callable[[WorkerSpec], list[str]]


def default_roles(settings: Settings) -> tuple[str, ...]:
    """What a whole fleet plays: everything built in, and the roles a person added as files."""
    return (*DEFAULT_ROLES, *_role_files(settings))


def _role_files(settings: Settings) -> tuple[str, ...]:
    """Roles that are files and nothing more; one that is named as a pool too has a handler of its own."""
    return tuple(role for role in settings.own_roles if role not in settings.pools)


def plan(roles: Iterable[str], settings: Settings) -> tuple[WorkerSpec, ...]:
    """The processes that play the roles: built-in pools and role files share one, every other role has its own.

    Raises ConfigError for a role that does not exist.
    """
    wanted = tuple(dict.fromkeys(roles))
    for role in wanted:
        check_role(role, settings)
    shared = {*BUILT_IN_POOLS, *_role_files(settings)}
    agents = tuple(role for role in wanted if role in shared)
    specs = [WorkerSpec(role, (role,)) for role in wanted if role not in shared]
    return (*specs, WorkerSpec(AGENTS, agents)) if agents else tuple(specs)


def check_role(role: str, settings: Settings) -> None:
    known = (*SERVICES, *settings.all_pools)
    if role in known:
        return
    close = get_close_matches(role, known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise ConfigError(
        f"there is no role {role!r}",
        f"{hint}known: {', '.join(known)}; add your own as the file roles/{role}.md beside config.toml",
    )


def worker_command(spec: WorkerSpec) -> list[str]:
    if spec.roles == (GATEWAY,):
        return [sys.executable, "-m", "mycoderai.gateway.app"]
    command = [sys.executable, "-m", "mycoderai.workers"]
    for role in spec.roles:
        command += ["--role", role]
    if spec.slots:
        command += ["--slots", str(spec.slots)]
    if spec.handler:
        command += ["--handler", spec.handler]
    return command


def worker_environment(settings: Settings, spec: WorkerSpec, base: Mapping[str, str]) -> dict[str, str]:
    """Settings as variables, on top of ours. Only the model role gets to see keys, tokens and passwords, and only
    memory the address of a Redis, which may hold one."""
    inherited = {name: value for name, value in base.items() if "model" in spec.roles or not _is_secret(name)}
    variables = inherited | settings_as_variables(settings)
    variables.pop(METRICS_PORT, None)  # one port cannot serve them all; the gateway does
    if "memory" not in spec.roles:
        variables.pop(REDIS_URL, None)
    return variables


def settings_as_variables(settings: Settings) -> dict[str, str]:
    values = {name: getattr(settings, name) for name in Settings.__struct_fields__}
    return {PREFIX + name.upper(): _text(value) for name, value in values.items() if value not in ("", (), {}, None)}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_secret(name: str) -> bool:
    return not name.startswith(PREFIX) and name.upper().endswith(_SECRET_ENDINGS)
