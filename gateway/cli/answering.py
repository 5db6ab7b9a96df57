"""Answering a question of a run."""

import json

from mycoderai.gateway.cli.asking import ask, told, unfinished
from mycoderai.gateway.cli.errors import CliError, usage
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.needs import question_lines
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.cli.view_json import question_json
from mycoderai.gateway.questions import Open
from mycoderai.gateway.view import RunView
from mycoderai.gateway.who import who
from mycoderai.schemas.events import ApproveAsked, DenyAsked


async def approve(options: Options, interrupts: Interrupts, run: str, question: str, text: str, changed: str) -> int:
    """`changed`: arguments, as JSON text, that the tool call is to be made with instead; empty: as it was asked."""
    async with unfinished(options, interrupts, run) as (session, view):
        item = _meant(options, view, question, "approve")
        _check_yes(options, view, item, text, changed)
        said = ApproveAsked(question=item.id, text=text, arguments=changed, by=who())
        word = await ask(session, view.run, said)
    what = "answered" if item.kind == "question" else "approved with changes" if changed else "approved"
    return told(options, view.run, "approve", word, f"{item.id} {what}", question=item.id)


async def deny(options: Options, interrupts: Interrupts, run: str, question: str, text: str) -> int:
    async with unfinished(options, interrupts, run) as (session, view):
        item = _meant(options, view, question, "deny")
        word = await ask(session, view.run, DenyAsked(question=item.id, text=text, by=who()))
    return told(options, view.run, "deny", word, f"{item.id} denied", question=item.id)


def _meant(options: Options, view: RunView, question: str, verb: str) -> Open:
    return named(options, view, question, verb) if question else only(options, view, verb)


def _check_yes(options: Options, view: RunView, item: Open, text: str, changed: str) -> None:
    """Raises an error for a yes that says nothing, or changes what cannot be changed."""
    if item.kind == "question" and not text.strip():
        raise usage(
            f"question {item.id} wants an answer in words: {clean(item.question.text, 300)}",
            options.hint(f'approve {view.run} {item.id} --message "…"'),
        )
    if changed and not _is_object(changed):
        given = clean(item.question.arguments, 300) or "{}"
        raise usage("--edit wants a JSON object, the arguments of the call", cause=f"it was asked with {given}")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def named(options: Options, view: RunView, question: str, verb: str) -> Open:
    """The open question with this id. Raises an error that says why there is none."""
    if item := view.questions.open.get(question):
        return item if item.kind != "paused" else _paused(options, view)
    if how := view.questions.settled.get(question):
        raise CliError(f"question {question} is settled already: {clean(how)}", options.hint(f"show {view.run}"))
    _list(options, view)
    known = ", ".join(item.id for item in _answerable(view))
    cause = f"open: {known}" if known else "none is open"
    raise usage(
        f"run {view.run} has no question {clean(question, 60)!r}", options.hint(f"show {view.run}"), cause=cause
    )


def only(options: Options, view: RunView, verb: str) -> Open:
    """The one open question. Raises an error when there is none, and lists them when there are several."""
    found = _answerable(view)
    if len(found) == 1:
        return found[0]
    if found:
        _list(options, view)
        cause = ", ".join(item.id for item in found)
        raise usage(
            f"{len(found)} questions of run {view.run} are open",
            options.hint(f"{verb} {view.run} {found[0].id}"),
            cause=cause,
        )
    if view.paused:
        return _paused(options, view)
    raise CliError(f"run {view.run} waits for no answer", options.hint(f"show {view.run}"))


def _answerable(view: RunView) -> list[Open]:
    return [item for item in view.questions if item.kind != "paused"]


def _paused(options: Options, view: RunView) -> Open:
    raise CliError(f"run {view.run} is paused; there is nothing to answer", options.hint(f"resume {view.run}"))


def _list(options: Options, view: RunView) -> None:
    for item in _answerable(view):
        if options.json:
            options.emit({"kind": "question", **question_json(view.run, item)})
        else:
            options.note("\n".join(question_lines(options, view.run, item)))
