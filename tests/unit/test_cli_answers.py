"""Which question an answer is for, and what is said when that is not clear."""

import pytest

from mycoderai.gateway.cli.answering import named, only
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.needs import answers
from mycoderai.schemas.events import PauseAsked, Question, RunPlanned, StepReady, StepWaiting
from tests.unit.cli_story import LOG, OPTIONS, RISKY, RUN, TASK, A, B, Story

SECOND = Question(id="b-1-1-0", kind="question", text="Which port?", tool="ask_human")


@pytest.fixture
def story() -> Story:
    story = Story()
    story.run("submitted", TASK)
    story.run("planned", RunPlanned(steps=(A, B)))
    return story


def wait(story: Story, question: Question, step: str) -> None:
    story.step(step, "waiting", StepWaiting(attempt=1, question=question))


def test_the_only_question_need_not_be_named(story: Story) -> None:
    wait(story, RISKY, "a")
    story.ask("pause", PauseAsked())
    assert only(OPTIONS, story.view, "approve").id == RISKY.id, "a pause is no question to answer"


def test_several_questions_are_listed_with_their_ids(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    wait(story, RISKY, "a")
    wait(story, SECOND, "b")
    with pytest.raises(CliError) as caught:
        only(OPTIONS, story.view, "deny")
    assert caught.value.code == 2
    assert caught.value.cause == "a-1-2-0, b-1-1-0"
    assert caught.value.fix == f"mycoder deny {RUN} a-1-2-0"
    listed = capsys.readouterr().err
    assert "step b: Which port?" in listed
    assert f'mycoder approve {RUN} b-1-1-0 --message "…"' in listed


def test_nothing_to_answer_is_said_with_what_to_do_instead(story: Story) -> None:
    with pytest.raises(CliError, match="waits for no answer"):
        only(OPTIONS, story.view, "approve")
    story.ask("pause", PauseAsked())
    with pytest.raises(CliError) as caught:
        only(OPTIONS, story.view, "approve")
    assert caught.value.fix == f"mycoder resume {RUN}"
    with pytest.raises(CliError, match="is paused"):
        named(OPTIONS, story.view, "pause-3", "approve")


def test_a_question_that_was_settled_is_told_from_one_that_never_was(story: Story) -> None:
    wait(story, RISKY, "a")
    story.tell(LOG.ready("coder", "a"), StepReady(spec=A, submission=TASK))
    with pytest.raises(CliError, match="settled already: answered") as caught:
        named(OPTIONS, story.view, RISKY.id, "approve")
    assert caught.value.code == 1
    wait(story, SECOND, "b")
    with pytest.raises(CliError) as caught:
        named(OPTIONS, story.view, "b-1", "approve")
    assert caught.value.code == 2
    assert caught.value.cause == "open: b-1-1-0"


def test_a_plan_can_also_be_edited(story: Story) -> None:
    story.run("planned", RunPlanned(revision=2, steps=(A,), waits=True))
    (item,) = story.view.questions
    assert answers(OPTIONS, RUN, item)[-1] == f"mycoder edit {RUN}"
