"""What agents ask of executors: sessions, tool calls, submission, and the evidence that comes back."""

from typing import Any, Literal

import msgspec

from mycoderai.schemas.failure import Failure
from mycoderai.schemas.plan import Acceptance, Check

BOX_UIDS = range(64_000, 64_256)
"""Users that code under work runs as, where the executor is root."""


class ArtifactRef(msgspec.Struct, frozen=True, kw_only=True):
    """A stored blob. The name is where it is; the hash is what it must be."""

    name: str
    sha256: str
    size: int


class Repository(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the code comes from: an uploaded pack, or a path on the executor's own host."""

    artifact: ArtifactRef | None = None
    commit: str = ""
    """The commit to work on, when an artifact is given."""
    base_commit: str = ""
    """The person's own commit under it, when `commit` was made to hold uncommitted work; else the same."""
    path: str = ""
    """A repository on the executor's host; used when no artifact is given."""
    dirty: bool = False
    """With `path`: include uncommitted changes."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What code under work may do. Everything not granted is denied."""

    install_requirements: bool = False
    """Network for the one step that installs the repository's own requirements."""
    test_limit_s: float = 10.0
    """Time limit of one test."""
    suite_limit_s: float = 300.0
    """Time limit of one run of the test command."""
    command_limit_s: float = 120.0
    """Time limit of one shell command, unless the call asks for less."""
    memory_bytes: int = 2 << 30
    processes: int = 256
    edit_tests: bool = False
    """Tests that were there at the start may be changed. Without it only new ones may be added."""


_WEAK = {
    "soft": "are looked at every 25 ms or slower, and can be overshot in between",
    "none": "do not hold",
}


class Isolation(msgspec.Struct, frozen=True, kw_only=True):
    """The walls that really stood around the code; recorded with every result."""

    level: str
    """`bwrap`, or `trusted` for none."""
    uid: int = -1
    """Of the processes in the box, as the executor sees it."""
    seccomp: bool = False
    network: bool = False
    limits: dict[str, str] = {}
    """Each limit: "hard" (the kernel holds it), "soft" (a supervisor looks every 25 ms or slower, and can be overshot
    in between) or "none"."""
    note: str = ""

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What these walls can't promise, a sentence each."""
        told = [f"{self.note[:1].upper()}{self.note[1:]}."] if self.note else []
        for how, meaning in _WEAK.items():
            if names := [name.replace("_", " ") for name, kept in self.limits.items() if kept == how]:
                told.append(f"Limits on {', '.join(names)} {meaning}.")
        return tuple(told)


class TestCounts(msgspec.Struct, frozen=True, kw_only=True):
    __test__ = False
    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: int = 0
    timeout: int = 0
    crashed: int = 0
    total: int = 0

    @property
    def not_green(self) -> int:
        return self.failed + self.error + self.timeout + self.crashed


class TestOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    __test__ = False
    id: str
    outcome: Literal["passed", "failed", "error", "skipped", "timeout", "crashed"]
    duration_s: float = 0.0
    message: str = ""


class TestReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the test command on a clean checkout of one tree."""

    __test__ = False
    command: str
    exit_code: int
    counts: TestCounts
    tests: tuple[TestOutcome, ...] = ()
    collect_errors: tuple[str, ...] = ()
    tree: str = ""
    duration_s: float = 0.0
    output: str = ""
    """Head and tail of what was printed."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What an executor saw: the tests of the very tree that is submitted (invariant I7)."""

    id: str
    tree: str
    commit: str
    base_tree: str
    command: str
    exit_code: int
    tests: TestCounts
    check: Check = "suite"
    """What was required of the tests; `suite` is the only one that shows a green suite."""
    fixed: tuple[str, ...] = ()
    """Tests that failed on the base tree and pass now; at most 50 named."""
    isolation: Isolation
    duration_s: float = 0.0


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Enough for any executor to restore the workspace: a commit, and the bundle that holds it."""

    commit: str
    tree: str
    bundle: ArtifactRef | None = None
    """None when the commit is the base itself."""


class CloneRepository(msgspec.Struct, frozen=True, kw_only=True):
    """Fetch a repository that the fleet's settings allow, and store it as a pack."""

    url: str
    ref: str = ""
    """Branch, tag or commit; empty: its HEAD."""


class RepositoryCloned(msgspec.Struct, frozen=True, kw_only=True):
    repository: Repository
    roles: tuple[str, ...] = ()
    """Names of the role files it brings along."""
    notes: tuple[str, ...] = ()
    """Sentences for the person: what was taken, what was left out."""


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    named: str = ""
    """The run its commits name, where that is another one: a replay makes the commits of the run it replays."""
    step: str
    shard: int = 0
    repository: Repository
    policy: Policy = Policy()
    test_command: str = ""
    """Empty: find out."""
    checkpoint: Checkpoint | None = None
    """Where the workspace stands when it opens: the last checkpoint of the step; None: where the step begins."""
    start: tuple[Checkpoint, ...] = ()
    """Results the step builds on; it begins at the merge of them. Empty: it begins at the repository's commit."""
    keep_conflicts: bool = False
    """Begin with conflict markers in the files rather than refuse (`merge_conflict`) when the merge is not clean."""
    accept: Acceptance = Acceptance()
    at_s: int = 0
    """The time commits are recorded at, in seconds since 1970, so that a replay makes the same ones; 0: now."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the repository that tells agents something: instructions, a role, a skill. Data of lower trust."""

    path: str
    text: str


class SessionOpened(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    base: Checkpoint
    """The repository's own commit: what the run's result is compared with."""
    start: Checkpoint | None = None
    """Where the step began, when that is not the base."""
    conflicts: tuple[str, ...] = ()
    """Files that hold conflict markers at the start."""
    documents: tuple[Document, ...] = ()
    test_command: str
    isolation: Isolation
    notes: tuple[str, ...] = ()
    """Sentences for the person: what was assumed, what was left out."""


class ToolRequest(msgspec.Struct, frozen=True, kw_only=True):
    call: str
    """Idempotency id; the same id with the same arguments is answered from the session's journal."""
    name: str
    arguments: dict[str, Any]
    base_tree: str = ""
    """The tree the call builds on, as its caller knows it; a workspace that is elsewhere goes back to it first."""
    writes: tuple[str, ...] = ("**",)
    """Globs of the paths the caller's role may change; `!` before one takes paths out again. Empty: nothing."""


class ToolResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to one tool call. Errors are results that say what to do next."""

    call: str
    name: str
    output: str
    exit_code: int = 0
    truncated: bool = False
    repeated: bool = False
    """The call ran more than once because an executor was lost in between."""
    data: dict[str, Any] | None = None
    """Structured results, such as the counts of `run_tests`."""
    arguments: str = ""
    """What the call was made with, as JSON text, where a person changed what the model wrote."""


class ToolReply(msgspec.Struct, frozen=True, kw_only=True):
    result: ToolResult
    checkpoint: Checkpoint


class SubmitRequest(msgspec.Struct, frozen=True, kw_only=True):
    call: str
    message: str
    """The commit message."""
    base_tree: str = ""
    """As in ToolRequest: what is handed in, as its caller knows it."""
    writes: tuple[str, ...] = ("**",)
    """As in ToolRequest, for all that the step has changed."""


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's answer: accepted with evidence, or refused with the reason."""

    accepted: Checkpoint | None = None
    evidence: Evidence | None = None
    refusal: Failure | None = None


class CloseSession(msgspec.Struct, frozen=True, kw_only=True):
    reason: str = ""
