"""A conversation is condensed before the window its model really has is full, and a replay of that is the same."""

import json

from replay_support import FAULTY, ONE, bash, edit, mycoder, submit

from mycoderai.schemas.events import RunSubmitted, StepSteered, StepTurn

WINDOW = 6000
TURNS = [*(bash(f"seq {n} {n + 800}") for n in range(8)), edit("add.py", "a - b", "a + b"), submit()]


async def test_a_conversation_is_condensed_for_the_window_its_model_says(start_fleet, make_repo, tmp_path) -> None:
    fleet = await start_fleet(ONE)
    script = tmp_path / "small.json"
    usage = {"context_window": WINDOW, "cost_usd": 0.0}
    said = [{"calls": [{"name": name, "arguments": arguments}], "usage": usage} for name, arguments in TURNS]
    script.write_text(json.dumps(said))
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}"), make_repo(FAULTY))
    assert (await fleet.finished(log)).status == "succeeded", await fleet.story(log)
    events = await fleet.events(log)
    assert [event.usage.context_window for event in events if isinstance(event, StepTurn)] == [WINDOW] * len(TURNS)
    steered = [event for event in events if isinstance(event, StepSteered)]
    assert {event.action for event in steered} == {"condense"}, await fleet.story(log)
    script.unlink()
    code, (*_, found), _ = await mycoder(fleet, "replay", log.run)
    assert (code, found["identical"]) == (0, True), found
