"""`mycoder inbox`."""

from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.options import Options, common

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.schemas.memory import OpenQuestion, OpenQuestions

FEW, MANY = 20, 500


@click.command(
    epilog="""\b
Examples:
  mycoder inbox
  mycoder inbox --json | jq -r '.answers[0]'
"""
)
@click.option("--all", "all_", is_flag=True, help=f"Up to {MANY} questions instead of {FEW}.")
@common
def inbox(options: Options, *, all_: bool) -> int:
    """List what waits for a person in every unfinished run, oldest first, with the commands that answer it."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _inbox(options, interrupts, MANY if all_ else FEW))


async def _inbox(options: Options, interrupts: "Interrupts", limit: int) -> int:
    from mycoderai.gateway.cli.from_memory import from_memory
    from mycoderai.gateway.cli.session import Session
    from mycoderai.schemas.memory import Inbox, OpenQuestions

    async with Session(options, interrupts, roles=("memory",)) as session:
        await session.open()
        answer = await from_memory(session, Inbox(limit=limit + 1), OpenQuestions)
    shown = _once(answer)[:limit]
    for item in shown:
        _emit(options, item) if options.json else _say(options, item)
    if not shown:
        options.say("Nothing waits for you.")
    if len(answer.questions) > limit:
        options.note("There are more." + ("" if limit == MANY else f"  {options.hint('inbox --all')}"))
    if not answer.fresh:
        options.note("Memory is still catching up: the newest questions may be missing.")
    return 0


def _once(answer: "OpenQuestions") -> "list[OpenQuestion]":
    """A paused run once, not for each of its steps."""
    found: dict[tuple[str, str], OpenQuestion] = {}
    for item in answer.questions:
        paused = item.question.kind == "paused"
        found.setdefault((item.run, "paused" if paused else item.question.id), item)
    return list(found.values())


def _emit(options: Options, item: "OpenQuestion") -> None:
    from mycoderai.gateway.cli.needs import answers
    from mycoderai.gateway.cli.view_json import question_json
    from mycoderai.gateway.questions import Open

    asked = Open(item.question, item.step, item.since)
    commands = answers(options, item.run, asked)
    options.emit({"kind": "question", **question_json(item.run, asked), "task": item.task, "answers": commands})


def _say(options: Options, item: "OpenQuestion") -> None:
    from mycoderai.gateway.cli.needs import answers
    from mycoderai.gateway.cli.people import question_line
    from mycoderai.gateway.cli.query import age
    from mycoderai.gateway.cli.text import clean
    from mycoderai.gateway.questions import Open

    where = f"step {item.step}" if item.step else "the run"
    head = f"{options.style(item.run, bold=True)}  {where}  {item.question.kind}  {age(item.since)}"
    options.say(f"{head}  {options.style(clean(item.task, 60), dim=True)}")
    options.say(f"  {question_line(item.question)}")
    for command in answers(options, item.run, Open(item.question, item.step, item.since)):
        options.say(f"    {command}")
    options.say()
