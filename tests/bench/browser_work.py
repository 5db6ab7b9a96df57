"""Logs of runs as agents leave them, written without agents: steps, attempts, turns, answers of models, evidence."""

from collections.abc import Iterator

from mycoderai.schemas.chat import Message, ToolCall, Usage
from mycoderai.schemas.events import (
    AnyEvent,
    ModelAnswered,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepOpened,
    StepReady,
    StepReleased,
    StepSpec,
    StepStarted,
    StepTurn,
)
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.schemas.subjects import Log

POOL = "coder"
START = Checkpoint(commit="1" * 40, tree="2" * 40)
SUBMISSION = RunSubmitted(task="Make the parser as fast as the lexer.", model="large")
PROMPT = (Message(role="system", content="You write code. " * 100), Message(role="user", content="Mend it. " * 50))
TESTS = "".join(f"tests/test_parser.py::test_{number} \x1b[32mPASSED\x1b[0m\n" for number in range(12))
Stored = tuple[str, AnyEvent]


def begun(log: Log, steps: int) -> Iterator[Stored]:
    """Submitted and planned: a chain of pairs."""
    yield log.run_event("submitted"), SUBMISSION
    yield log.run_event("planned"), RunPlanned(steps=tuple(_spec(number) for number in range(steps)))


def _spec(number: int) -> StepSpec:
    needs = (f"part-{number - 2}",) if number >= 2 else ()
    return StepSpec(id=f"part-{number}", role=POOL, goal=f"Mend part {number} of the parser.", needs=needs)


def step(log: Log, number: int, turns: int, attempts: int, *, done: bool) -> Iterator[Stored]:
    """A step that was given back a few times, of so many turns in all; perhaps still at work."""
    id = f"part-{number}"
    yield log.ready(POOL, id), StepReady(spec=_spec(number), submission=SUBMISSION)
    for attempt in range(1, attempts + 1):
        first, last = 1 + turns * (attempt - 1) // attempts, turns * attempt // attempts
        yield log.step_event(POOL, id, "started"), StepStarted(attempt=attempt, worker=f"host:{attempt}")
        session = f"{id}-{attempt}"
        yield (
            log.step_event(POOL, id, "opened"),
            StepOpened(attempt=attempt, session=session, base=START, prompt=PROMPT),
        )
        for turn in range(first, last + 1):
            yield from one_turn(log, id, attempt, turn)
        if attempt < attempts:
            yield log.step_event(POOL, id, "released"), StepReleased(attempt=attempt, reason="stopped")
    if done:
        yield log.step_event(POOL, id, "done"), StepDone(attempt=attempts, summary=f"Part {number} is mended.")


def one_turn(log: Log, step: str, attempt: int, turn: int) -> Iterator[Stored]:
    """The model's answer, and what came of it."""
    command = f'{{"command": "python -m pytest tests/test_parser.py -k {turn}"}}'
    call = ToolCall(id=f"call-{turn}", name="bash", arguments=command)
    message = Message(role="assistant", content=f"Test {turn} comes **next**.", tool_calls=(call,))
    usage = Usage(input_tokens=4000 + turn, output_tokens=120, cost_usd=0.001)
    answered = ModelAnswered(
        call=f"{step}-{turn}", model="large", message=message, finish_reason="tool_calls", usage=usage
    )
    yield log.call(step, f"{step}-{turn}"), answered
    result = ToolResult(call=call.id, name="bash", output=TESTS, exit_code=1 if turn % 9 == 0 else 0)
    done = StepTurn(
        attempt=attempt, turn=turn, message=message, results=(result,), usage=usage, checkpoint=START, duration_s=1.5
    )
    yield log.step_event(POOL, step, "turn"), done
