"""What a person may ask of a run. One union for HTTP and Socket.IO."""

from typing import Literal

import msgspec

from mycoderai.schemas.plan import StepSpec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", forbid_unknown_fields=True):
    id: str
    """The command's own id, made by the client: sent again, it is answered again and carried out once."""
    run: str = ""
    """Its whole id; over HTTP the path says it."""


class CancelRun(Command, frozen=True, kw_only=True, tag="cancel"):
    reason: str = ""


class PauseRun(Command, frozen=True, kw_only=True, tag="pause"):
    reason: str = ""


class ResumeRun(Command, frozen=True, kw_only=True, tag="resume"):
    pass


class ApproveQuestion(Command, frozen=True, kw_only=True, tag="approve"):
    """Yes to a question; with a text, the answer to it."""

    question: str
    text: str = ""
    arguments: str = ""
    """What the tool call is to be made with instead: a JSON object, as text; empty: as it was asked."""


class DenyQuestion(Command, frozen=True, kw_only=True, tag="deny"):
    question: str
    text: str = ""


class SendMessage(Command, frozen=True, kw_only=True, tag="message"):
    step: str
    text: str
    when: Literal["now", "after"] = "now"
    attempt: int = 0
    """Only if this attempt is still the current one; 0: whichever."""


class RetryStep(Command, frozen=True, kw_only=True, tag="retry"):
    """Another round of a failed step, while the run is unfinished. For a run that has ended see `Rerun`."""

    step: str


class EditPlan(Command, frozen=True, kw_only=True, tag="edit"):
    """The plan as it should be from here on."""

    revision: int
    """The revision that was edited; refused when the plan has moved on."""
    steps: tuple[StepSpec, ...]


AnyCommand = CancelRun | PauseRun | ResumeRun | ApproveQuestion | DenyQuestion | SendMessage | RetryStep | EditPlan


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command."""

    id: str
    outcome: Literal["accepted", "refused", "pending"]
    """`pending`: stored in the run's log, but no orchestrator has answered yet; it will when one runs."""
    reason: str = ""
    """Why it was refused, or what was made of it."""
    seq: int = 0
    """Its place in the run's log."""
    repeated: bool = False
    """It had been carried out before."""
    run: str = ""
    """The run it was about, or the new one."""
