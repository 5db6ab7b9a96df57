"""Where a run needs a person: the questions that are open, and the commands that answer them."""

from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.people import question_line
from mycoderai.gateway.questions import Open
from mycoderai.gateway.view import RunView


def answers(options: Options, run: str, item: Open) -> list[str]:
    """The commands that settle a question."""
    match item.kind:
        case "paused":
            return [options.hint(f"resume {run}")]
        case "question":
            return [options.hint(f'approve {run} {item.id} --message "…"')]
        case "plan":
            return [
                options.hint(f"approve {run} {item.id}"),
                options.hint(f'deny {run} {item.id} --message "…"'),
                options.hint(f"edit {run}"),
            ]
    return [options.hint(f"approve {run} {item.id}"), options.hint(f'deny {run} {item.id} --message "…"')]


def question_lines(options: Options, run: str, item: Open) -> list[str]:
    """A question with its commands."""
    where = f"step {item.step}" if item.step else "the run"
    head = f"  {options.style('?', fg='yellow', bold=True)} {where}: {question_line(item.question)}"
    return [head, *(f"      {command}" for command in answers(options, run, item))]


def waiting_lines(options: Options, view: RunView) -> list[str]:
    """Every open question of a run with its commands."""
    return [line for item in view.questions for line in ("", *question_lines(options, view.run, item))]


def note_of(options: Options, view: RunView) -> str:
    """The same for stderr, under a head."""
    return "\n".join([f"Run {view.run} waits for a person.", *waiting_lines(options, view)])
