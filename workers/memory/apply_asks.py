"""What people asked and what became of it, as statements. Pure."""

from collections.abc import Iterator

from mycoderai.schemas.events import (
    ApproveAsked,
    Ask,
    AskHeard,
    CancelAsked,
    DenyAsked,
    EditAsked,
    MessageAsked,
    PauseAsked,
    RetryAsked,
)
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.values import Statement, cut, name


def asked(ask: Ask) -> tuple[object, ...]:
    """What, by whom, the words with it, the step and the question it is about."""
    said, step, question = "", "", ""
    match ask:
        case CancelAsked(reason=reason) | PauseAsked(reason=reason):
            said = reason
        case ApproveAsked(arguments=changed) if changed:
            said, question = f"{ask.text} (changed to {changed})".lstrip(), ask.question
        case ApproveAsked() | DenyAsked():
            said, question = ask.text, ask.question
        case MessageAsked():
            said, step = ask.text, ask.step
        case RetryAsked():
            step = ask.step
        case EditAsked():
            said = f"{len(ask.steps)} steps instead of revision {ask.revision}"
    what = str(ask.__struct_config__.tag).removeprefix("ask.")
    return what, name(ask.by), cut(said), name(step), name(question)


def heard(event: AskHeard, where: EventSubject, seq: int, at: str) -> Iterator[Statement]:
    run = (where.run, where.shard)
    yield sql.ASK_HEARD, (event.accepted, cut(event.reason), *run, event.ask)
    if event.accepted:
        yield sql.QUESTION_ANSWERED, (*run, *run, event.ask)
