"""Where a path leads, and what it stands for: inside or outside of the workspace, credentials, what CI runs."""

import posixpath
import re
from typing import Literal

from mycoderai.workers.core.risk.shell_words import Word

WORKSPACE = "/ws"
"""Where the workspace is in every sandbox."""
Place = Literal["inside", "scratch", "outside", "unknown"]

_SCRATCH = re.compile(r"/(var/)?tmp/(?!home(/|$))[^*?\[]|/dev/(null|stdout|stderr|stdin|tty|fd/\d+|shm/.)")
_CREDENTIALS = re.compile(
    r"""(^|/)( \.ssh(/|$) | \.aws(/|$) | \.azure(/|$) | \.gnupg(/|$) | \.kube(/|$) | \.config/(gcloud|gh|hub)(/|$)
      | \.docker/config\.json$ | \.netrc$ | \.git-credentials$ | \.pgpass$ | \.my\.cnf$ | \.npmrc$ | \.pypirc$
      | \.vault-token$ | id_(rsa|dsa|ecdsa|ed25519)$ | \.env(\.(?!(example|sample|template|dist|test)$)[\w-]+)?$
      | \.envrc$ | credentials(\.json)?$ | (g?shadow|sudoers)$ | \.password-store(/|$) | \.terraform\.d(/|$)
      | \.(bash|zsh|python|psql|mysql)_history$ )
      | ^/proc/[^/]+/(task/[^/]+/)?(environ|mem)$ | ^/run/secrets(/|$) | ^/var/run/secrets(/|$)""",
    re.VERBOSE,
)
_RUN_BY_OTHERS = re.compile(
    r"""(^|/)( \.git(/|$) | \.github(/(workflows|actions)(/|$)|/?$) | \.gitlab-ci\.ya?ml$
      | \.circleci(/|$) | \.buildkite(/|$)
      | \.travis\.ya?ml$ | \.drone\.ya?ml$ | \.woodpecker | Jenkinsfile | azure-pipelines[\w.-]*\.ya?ml$
      | \.githooks(/|$) | bitbucket-pipelines\.ya?ml$
      | \.?appveyor\.ya?ml$ | \.husky(/|$) | \.pre-commit-config\.yaml$ | \.mycoder(/|$)
      | \.teamcity(/|$) | \.gitmodules$ )""",
    re.VERBOSE,
)
_STARTS_BY_ITSELF = re.compile(
    r"""(^|/)( \.(bash|zsh|k?sh)(rc|_profile|_login|_logout|env)$ | \.profile$ | \.config/(autostart|systemd|fish)(/|$)
      | authorized_keys$ | (site|user)customize\.py$ | [\w.-]+\.pth$ ) | ^/etc/(cron|systemd|init|rc|profile|ld\.so)
      | ^/var/spool/cron""",
    re.VERBOSE,
)
_RAW_DISK = re.compile(r"^/dev/(sd|hd|vd|xvd|nvme|mmcblk|mem$|kmem|port|loop|dm-|mapper|disk|md\d)")
_SECRET_NAME = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)", re.IGNORECASE
)
_EXPANDED = re.compile(r"\$\{?([A-Za-z_]\w*)")


def place(word: Word, *, moved: bool = False) -> Place:
    """moved: the script went to a folder that is not known to be in the workspace."""
    text = _known(word.text)
    if "$" in text and word.dynamic:
        return "unknown" if not text.startswith(("/etc", "/usr", "/home", "/root", "/var", "..")) else "outside"
    if text.startswith(("~", "$HOME")):
        return "outside"
    if text.startswith("/"):
        return _absolute(posixpath.normpath(text) + ("/" if text.endswith("/") else ""))
    if posixpath.normpath(text).startswith(".."):
        return "outside"
    return "unknown" if moved else "inside"


def _known(text: str) -> str:
    """With the variables that mean the same in every sandbox."""
    for name, value in (("HOME", "~"), ("PWD", WORKSPACE), ("TMPDIR", "/tmp")):  # noqa: S108  a place in the sandbox
        text = re.sub(rf"^\$(\{{{name}\}}|{name}\b)", value, text)
    return text


def _absolute(text: str) -> Place:
    if text.rstrip("/") == WORKSPACE or text.startswith(f"{WORKSPACE}/"):
        return "inside"
    return "scratch" if _SCRATCH.match(text) else "outside"


def is_top(word: Word) -> bool:
    """Whether deleting it leaves little of the workspace: the workspace itself, or wildcards for all that is in it."""
    text = _known(word.text)
    for prefix in (f"{WORKSPACE}/", "./"):
        text = text.removeprefix(prefix)
    first = text.strip("/").partition("/")[0] or "."
    return text in (WORKSPACE, "") or re.fullmatch(r"[.*?!^\[\]]+|\[[^]]*\]\*?|\{.*\}", first) is not None


def is_credential(text: str) -> bool:
    return _CREDENTIALS.search(text) is not None


def names_secret(text: str) -> bool:
    """Whether it expands a variable that is called like a secret."""
    return any(_SECRET_NAME.search(name) for name in _EXPANDED.findall(text))


def is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def is_run_by_others(text: str) -> bool:
    return _RUN_BY_OTHERS.search(text) is not None


def starts_by_itself(text: str) -> bool:
    return _STARTS_BY_ITSELF.search(text) is not None


def is_raw_disk(text: str) -> bool:
    return _RAW_DISK.match(text) is not None
