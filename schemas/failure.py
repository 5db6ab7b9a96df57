"""Why something ended badly: a stable code, a sentence for a person, and what the person can do."""

from enum import StrEnum
from typing import NamedTuple

import msgspec


class FailureCode(StrEnum):
    """The value is the interface; the sentence beside it may change."""

    BEYOND_MODEL = "beyond_model"
    NOTHING_FAILING = "nothing_failing"
    NO_TESTS = "no_tests"
    NOT_IMPORTABLE = "not_importable"
    OUT_OF_TIME = "out_of_time"
    TURN_LIMIT = "turn_limit"
    BUDGET = "budget"
    GATE_REFUSED = "gate_refused"
    REVIEW_REJECTED = "review_rejected"
    STUCK = "stuck"
    BAD_PLAN = "bad_plan"
    MERGE_CONFLICT = "merge_conflict"
    DENIED = "denied"
    ISOLATION_UNAVAILABLE = "isolation_unavailable"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_ROLE = "unknown_role"
    NO_POOL = "no_pool"
    MODEL_ERROR = "model_error"
    MODEL_AUTH = "model_auth"
    MODEL_QUOTA = "model_quota"
    MODEL_UNAVAILABLE = "model_unavailable"
    MODEL_REFUSED = "model_refused"
    CONTEXT_OVERFLOW = "context_overflow"
    HANDLER_ERROR = "handler_error"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    WORKSPACE = "workspace"
    BAD_SUBMISSION = "bad_submission"
    REPLAY_DIVERGED = "replay_diverged"
    CANCELLED = "cancelled"
    UNKNOWN_RUN = "unknown_run"
    AMBIGUOUS_RUN = "ambiguous_run"


class Kind(NamedTuple):
    """What a code means for the person who meets it."""

    meaning: str
    retry_helps: bool
    """Whether the same run may succeed when it is simply tried again."""
    advice: str


TAXONOMY: dict[FailureCode, Kind] = {
    FailureCode.BEYOND_MODEL: Kind(
        "The model found no change that makes the tests pass.",
        False,
        "try a larger model: mycoder run … --model openai/NAME",
    ),
    FailureCode.NOTHING_FAILING: Kind("Every test passes already.", False, "add a test that shows what is wrong"),
    FailureCode.NO_TESTS: Kind(
        "The repository has no tests that could be found.",
        False,
        "name the command that runs the tests: mycoder run … --test CMD",
    ),
    FailureCode.NOT_IMPORTABLE: Kind(
        "Tests cannot be collected, because something they import is missing or broken.",
        False,
        "let the fleet install the requirements: mycoder run … --install",
    ),
    FailureCode.OUT_OF_TIME: Kind(
        "The step used up its working time.", False, "give it more time: mycoder run … --budget-minutes 15"
    ),
    FailureCode.TURN_LIMIT: Kind("The step used up its model calls.", False, "split the task, or try a larger model"),
    FailureCode.BUDGET: Kind(
        "The money set aside for the run, the step or the fleet is used up.",
        False,
        "allow more: mycoder run … --budget-usd X",
    ),
    FailureCode.GATE_REFUSED: Kind(
        "What was handed over was not shown to be green, or it weakened the tests.",
        False,
        "read the step's last turns: mycoder logs RUN",
    ),
    FailureCode.REVIEW_REJECTED: Kind(
        "The reviewer still asked for changes after the last round.", False, "read the review: mycoder show RUN"
    ),
    FailureCode.STUCK: Kind(
        "The step repeated itself without progress, and nothing that was tried got it going.",
        False,
        "look where it turns in circles: mycoder logs RUN; then message it, or try another model",
    ),
    FailureCode.BAD_PLAN: Kind(
        "The plan cannot be carried out.", True, "mycoder retry RUN, or give the steps yourself: mycoder edit RUN"
    ),
    FailureCode.MERGE_CONFLICT: Kind(
        "Results of parallel steps touch the same lines, and no step resolved it.",
        False,
        "mycoder run … --max-parallel 1",
    ),
    FailureCode.DENIED: Kind("A person said no.", False, "submit the task again with what should be different"),
    FailureCode.ISOLATION_UNAVAILABLE: Kind(
        "This host cannot confine the code, and nobody said to trust it.", False, "mycoder doctor"
    ),
    FailureCode.UNKNOWN_MODEL: Kind("No provider knows the model.", False, "mycoder run … --model offline/repair"),
    FailureCode.UNKNOWN_ROLE: Kind(
        "No worker takes steps for the role.", False, "start one: mycoder worker --role ROLE"
    ),
    FailureCode.NO_POOL: Kind(
        "A step requires what no pool of workers has.",
        True,
        "start one, named in MYCODER_POOLS: mycoder worker --role ROLE-CAPABILITY; then mycoder retry RUN",
    ),
    FailureCode.MODEL_ERROR: Kind(
        "The model's provider failed, or its answers made no sense.", True, "mycoder retry RUN"
    ),
    FailureCode.MODEL_AUTH: Kind(
        "The provider refused the key, or the key may not use this model.",
        False,
        "set the provider's key where the model worker runs, then mycoder doctor",
    ),
    FailureCode.MODEL_QUOTA: Kind(
        "The provider's account has no credit or quota left.", True, "top the account up, or use --model with another"
    ),
    FailureCode.MODEL_UNAVAILABLE: Kind(
        "The provider could not be reached, or stayed overloaded, for as long as the policy waits.",
        True,
        "mycoder retry RUN once the provider is back",
    ),
    FailureCode.MODEL_REFUSED: Kind("The model declined to work on the task.", False, "put the task differently"),
    FailureCode.CONTEXT_OVERFLOW: Kind(
        "The conversation does not fit the model's window, even condensed.", False, "use a model with a larger window"
    ),
    FailureCode.HANDLER_ERROR: Kind(
        "The step's handler, or a service, has a bug.", True, "read the logs folder of the data directory"
    ),
    FailureCode.ATTEMPTS_EXHAUSTED: Kind(
        "The step's worker was lost too often.", True, "mycoder doctor, then mycoder retry RUN"
    ),
    FailureCode.WORKSPACE: Kind("The repository could not be fetched, opened or restored.", True, "mycoder doctor"),
    FailureCode.BAD_SUBMISSION: Kind("The request is malformed.", False, "correct it and submit again"),
    FailureCode.REPLAY_DIVERGED: Kind(
        "The replay asked the model something the recorded run did not.", False, "read the first differing request"
    ),
    FailureCode.CANCELLED: Kind("Somebody cancelled the run.", False, "mycoder retry RUN"),
    FailureCode.UNKNOWN_RUN: Kind("No run has that id.", False, "mycoder ls"),
    FailureCode.AMBIGUOUS_RUN: Kind("Several runs' ids begin like that.", False, "give more of the id"),
}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    code: FailureCode
    message: str
    """What happened, in one or two sentences a person understands."""
    fix: str = ""
    """What the person can do; a command where there is one."""
    retryable: bool = False
    """Whether the fleet itself tries the step again, up to three rounds."""


def failure(code: FailureCode, message: str = "", fix: str = "") -> Failure:
    """A failure with what the taxonomy says about its code, where nothing better is known."""
    kind = TAXONOMY[code]
    return Failure(code=code, message=message or kind.meaning, fix=fix or kind.advice)
