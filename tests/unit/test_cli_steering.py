"""What somebody who follows a run sees of plans, questions and answers."""

import pytest

from mycoderai.gateway.cli import people
from mycoderai.gateway.cli.detail import detail_json, detail_lines, status_of
from mycoderai.gateway.cli.turns import turn_line
from mycoderai.schemas.chat import Message, ToolCall, Usage
from mycoderai.schemas.events import (
    Answer,
    ApproveAsked,
    AskHeard,
    DenyAsked,
    Heard,
    MessageAsked,
    ModelAnswered,
    PauseAsked,
    Question,
    ResumeAsked,
    RunFinished,
    RunPlanned,
    StepDone,
    StepFailed,
    StepSteered,
    StepTurn,
    StepWaiting,
    TakenOver,
)
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.plan import StepSpec
from tests.unit.cli_story import LOG, OPTIONS, POINT, RISKY, RUN, TASK, A, B, C, Story


@pytest.fixture
def story() -> Story:
    story = Story()
    story.run("submitted", TASK)
    story.run("planned", RunPlanned(steps=(A, B, C)))
    return story


def test_a_plan_is_told_in_full_and_a_revision_by_what_it_changes(story: Story) -> None:
    first = RunPlanned(steps=(A, B, C))
    assert Story().run("planned", first) == "planned: a (coder); b (coder); c (tester) after a, b"
    fix = StepSpec(id="fix", role="resolver", goal="resolve", needs=("a",))
    later = RunPlanned(revision=2, steps=(fix, A), reason="a conflict", waits=True)
    assert story.run("planned", later) == (
        "plan revision 2 (a conflict): added fix (resolver) after a; dropped b, c; waits for approval as plan-2"
    )
    assert list(story.view.steps) == ["fix", "a"]
    turned = RunPlanned(revision=3, steps=(A, fix))
    assert story.run("planned", turned).endswith("revision 3: put into another order")


def test_what_a_fork_takes_over_counts_as_done() -> None:
    story = Story()
    plan = RunPlanned(steps=(A, B), reason="forked from 01x", taken_over=(TakenOver(step="a"),))
    assert story.run("planned", plan).endswith("b (coder); taken over as done: a")
    assert [step.state for step in story.view.steps.values()] == ["done", "pending"]


def test_events_of_a_dropped_step_do_not_bring_it_back(story: Story) -> None:
    story.start(B)
    story.run("planned", RunPlanned(revision=2, steps=(A,)))
    story.step("b", "failed", StepFailed(attempt=1, failure=failure(FailureCode.STUCK)))
    assert list(story.view.steps) == ["a"]


def test_a_plan_that_waits_blocks_the_run_until_it_is_approved() -> None:
    story = Story()
    story.run("submitted", TASK)
    assert not story.view.blocked
    story.run("planned", RunPlanned(steps=(A,), waits=True))
    assert story.view.blocked
    assert status_of(story.view) == "waiting"
    story.ask("approve", ApproveAsked(question="plan-1", by="ann"))
    assert story.view.blocked, "it is approved once the orchestrator says so"
    said = story.run("heard", AskHeard(ask=3, accepted=True))
    assert said == "accepted: approve plan-1 asked by ann"
    assert not story.view.blocked
    assert story.view.questions.settled == {"plan-1": "approved by ann"}


def test_a_waiting_step_blocks_the_run_only_when_nothing_else_moves(story: Story) -> None:
    story.start(A)
    said = story.step("a", "waiting", StepWaiting(attempt=1, question=RISKY))
    assert said == "waits for a person (a-1-2-0): May the command run? [bash rm -rf build] (risk: deletes files)"
    assert story.view.steps["a"].state == "waiting"
    assert not story.view.blocked, "b can start"
    story.start(B)
    assert not story.view.blocked, "b is running"
    story.step("b", "done", StepDone(attempt=1))
    assert story.view.blocked
    said = story.ready(A, answer=Answer(question=RISKY.id, approved=False, text="keep it", by="ann"))
    assert said == "denied by ann: keep it; waits for a coder to go on"
    assert not story.view.blocked
    assert not len(story.view.questions)


def test_a_pause_is_one_question_and_ends_when_resuming_was_heard(story: Story) -> None:
    story.start(A)
    story.ask("pause", PauseAsked(by="ann", reason="lunch"))
    asked = story.seq
    assert story.view.paused
    assert not story.view.blocked, "the running step has not stopped yet"
    question = Question(id=f"pause-{asked}", kind="paused", text="paused")
    story.step("a", "waiting", StepWaiting(attempt=1, question=question))
    assert [item.question.text for item in story.view.questions] == ["Paused by ann: lunch"]
    assert story.view.blocked
    assert status_of(story.view) == "paused"
    story.ask("resume", ResumeAsked(by="bob"))
    story.run("heard", AskHeard(ask=story.seq, accepted=True))
    assert not story.view.paused
    assert not story.view.blocked


def test_a_second_answer_is_told_with_the_reason_it_was_refused(story: Story) -> None:
    story.ask("deny", DenyAsked(question="plan-1", text="no", by="bob"))
    word = AskHeard(ask=story.seq, accepted=False, reason="settled already: approved by ann")
    assert story.run("heard", word) == "refused: deny plan-1 asked by bob: no (settled already: approved by ann)"


def test_the_end_of_a_run_closes_its_questions(story: Story) -> None:
    story.start(A)
    story.step("a", "waiting", StepWaiting(attempt=1, question=RISKY))
    story.run("finished", RunFinished(status="cancelled"))
    assert not len(story.view.questions)
    assert not story.view.blocked


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (StepSteered(attempt=1, turn=4, action="hint", reason="r", text="look at x"), "hint: look at x"),
        (StepSteered(attempt=1, turn=4, action="rewind", reason="no progress", to_turn=2), "rewound to turn 2"),
        (StepSteered(attempt=1, turn=4, action="condense", reason="too long", to_turn=9), "condensed up to turn 9"),
        (StepSteered(attempt=1, turn=4, action="switch_model", reason="stuck", model="o/x"), "goes on with model o/x"),
    ],
)
def test_steering_is_told(story: Story, event: StepSteered, said: str) -> None:
    assert said in story.step("a", "steered", event)


def test_what_people_said_and_what_reviewers_found_is_told(story: Story) -> None:
    assert story.ask("message", MessageAsked(step="a", text="use x", when="after", by="ann")) == (
        "message to a for after this step by ann: use x"
    )
    message = Message(role="assistant", content="ok")
    turn = StepTurn(attempt=1, turn=3, heard=(Heard(ask=4, text="use x"),), message=message, checkpoint=POINT)
    assert story.step("a", "turn", turn) == "turn 3: heard 'use x'; ok"
    done = StepDone(attempt=1, verdict="changes", summary="add a test")
    assert story.step("a", "done", done) == "review: asks for changes: add a test"
    assert story.step("b", "done", StepDone(attempt=1, plan=(A, C))) == "done: proposes 2 steps"


def test_a_step_that_builds_on_several_says_so(story: Story) -> None:
    assert story.ready(C, start=(POINT, POINT)) == "waits for a tester, on the merge of 2 results"


def answered(usd: float | None) -> ModelAnswered:
    message = Message(role="assistant", content="")
    return ModelAnswered(call="1", model="openai/x", message=message, finish_reason="stop", usage=Usage(cost_usd=usd))


def test_costs_add_up_beside_the_budget_and_are_unknown_once_a_part_is(story: Story) -> None:
    story.start(A)
    for usd in (0.25, 0.5):
        story.tell(LOG.call("a", "1-1"), answered(usd))
    assert story.view.cost_usd == story.view.steps["a"].cost_usd == 0.75
    assert story.view.steps["a"].model == "openai/x"
    assert "$0.7500 of $2" in story.screen()
    story.tell(LOG.call("a", "1-2"), answered(None))
    assert story.view.cost_usd is None
    assert story.view.steps["b"].cost_usd == 0.0


def test_the_tree_shows_the_whole_plan_from_the_start(story: Story) -> None:
    shown = story.screen()
    assert "○ a coder" in shown
    assert "○ c tester after a, b" in shown


def test_the_tree_shows_what_matters_when_not_all_fits() -> None:
    story = Story()
    story.run("submitted", TASK)
    specs = tuple(StepSpec(id=f"s{n}", role="coder", goal="g") for n in range(50))
    story.run("planned", RunPlanned(steps=specs))
    story.start(specs[40])
    shown = story.screen(height=12)
    assert len(shown.splitlines()) <= 12
    assert "s40" in shown
    assert "0 of 50 steps done" in shown


def test_the_tree_shows_the_question_of_a_waiting_step(story: Story) -> None:
    story.start(A)
    story.step("a", "waiting", StepWaiting(attempt=1, question=RISKY))
    shown = story.screen()
    assert "? a coder" in shown
    assert "May the command run? [bash rm -rf build]" in shown


def test_the_tree_shows_the_line_a_model_is_writing(story: Story) -> None:
    story.start(A)
    for text in ("First I look\nat the ca", "rt.py ", "file\n", "\n"):
        story.view.steps["a"].hear(text)
    assert "… at the cart.py file" in story.screen()
    message = Message(role="assistant", content="ok")
    story.step("a", "turn", StepTurn(attempt=1, turn=1, message=message, checkpoint=POINT))
    assert "at the cart" not in story.screen()


def test_show_lists_open_questions_with_the_commands_that_answer_them(story: Story) -> None:
    story.start(A)
    story.step("a", "waiting", StepWaiting(attempt=1, question=RISKY))
    text = "\n".join(detail_lines(OPTIONS, story.view))
    assert f"mycoder approve {RUN} a-1-2-0\n" in text
    assert f'mycoder deny {RUN} a-1-2-0 --message "…"' in text
    assert [item["question"] for item in detail_json(story.view)["questions"]] == ["a-1-2-0"]


def test_control_characters_in_questions_and_plans_never_reach_the_terminal(story: Story) -> None:
    hostile = "\x1b]0;title\x07\x1b[2Jred"
    question = Question(id="a-1-1-0", kind="question", text=hostile, tool=hostile, arguments=hostile, risks=(hostile,))
    said = [story.step("a", "waiting", StepWaiting(attempt=1, question=question))]
    said.append(story.run("planned", RunPlanned(revision=2, steps=(A,), reason=hostile)))
    said.append(story.ask("message", MessageAsked(step=hostile, text=hostile, by=hostile)))
    assert not any("\x1b" in text or "\x07" in text for text in said)


def test_a_call_that_a_person_changed_is_told_as_it_was_made() -> None:
    mine = '{"command": "rm -r build"}'
    assert (
        people.answered(Answer(question="q", arguments=mine, by="ann")) == "approved with changes [rm -r build] by ann"
    )
    assert people.asked(ApproveAsked(question="q", arguments=mine)) == "approve q with changes [rm -r build] asked"
    call = ToolCall(id="c", name="bash", arguments='{"command": "rm -rf /"}')
    result = ToolResult(call="c", name="bash", output="gone", arguments=mine)
    message = Message(role="assistant", tool_calls=(call,))
    turn = StepTurn(attempt=1, turn=1, message=message, results=(result,), checkpoint=POINT)
    assert turn_line(turn) == "turn 1: bash rm -r build (changed by a person) → ok"
