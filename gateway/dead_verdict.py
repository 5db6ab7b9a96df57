"""What trying a dead letter again amounts to. Pure."""

from typing import Literal

import msgspec

from mycoderai.broker.letters import Letter
from mycoderai.gateway.view import RunView
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import decode
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.plan import MAIN
from mycoderai.schemas.subjects import Log, parse_event

Action = Literal["retry", "wake", "submit", "again", "none"]


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    action: Action
    """`retry`: another round of a failed step. `wake`: the orchestrator looks at the run. `submit`: the payload is
    submitted in the run's right place. `again`: a new run goes on where this one failed."""
    step: str = ""
    why: str = ""
    """Why it cannot be tried again."""
    payload: bytes = b""


def verdict(letter: Letter, payload: bytes | None, view: RunView, log: Log) -> Replay:
    """payload: the whole of it, where it is still there. view: the letter's run as it is now; log: where it belongs."""
    if not letter.subject.startswith("cmd."):
        return _none("it is no command; memory reads the log again when it is built anew")
    if not is_token(letter.run):
        return _none("its run id is not allowed; submit the task under another id")
    if view.submitted is None:
        return _unsubmitted(letter, payload, log)
    if view.finished:
        return _ended(letter, view)
    step = view.steps.get(letter.step)
    if step and step.state == "failed":
        return Replay(action="retry", step=letter.step)
    if not view.revisions:
        return Replay(action="wake", step=letter.step or MAIN)
    if not letter.step:
        return _none("the run has gone on without it")
    return _none(f"step {letter.step} is {step.state}" if step else f"the plan does without step {letter.step} now")


def _unsubmitted(letter: Letter, payload: bytes | None, log: Log) -> Replay:
    if payload is None:
        return _none("the event it is about is gone")
    try:
        decode(payload, parse_event(log.run_event("submitted")))
    except MalformedMessage as err:
        return _none(f"it still cannot be read: {err.message}")
    if letter.stream == log.stream:
        return _none("the run's log holds no submission")
    return Replay(action="submit", payload=payload)


def _ended(letter: Letter, view: RunView) -> Replay:
    status = view.finished.status if view.finished else ""
    if status != "failed":
        return _none(f"the run {'was cancelled' if status == 'cancelled' else 'succeeded without it'}")
    failed = [step.id for step in view.steps.values() if step.state == "failed"]
    unfinished = [step.id for step in view.steps.values() if step.state != "done"]
    candidates = [letter.step, *failed, *unfinished]
    return Replay(action="again", step=next((step for step in candidates if step in view.steps), ""))


def _none(why: str) -> Replay:
    return Replay(action="none", why=why)
