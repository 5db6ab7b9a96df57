"""A loss of power takes nothing that was said. A sample; `make power` cuts it many times."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "chaos"))

from power_disk import why_not, workshop
from power_loss import Plan, judge, take_images

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


async def test_what_was_said_is_true_after_a_loss_of_power() -> None:
    """Two event streams, whose copies in the queue come back in another order."""
    with workshop() as root:
        plan = Plan("power", shards=2, age_s=0.0, images=4, seed=1)
        cuts = await take_images(root, plan)
        found = [await judge(cut, plan, root) for cut in cuts]
    assert [one for one in found if not one.is_whole] == []
    assert max(one.said for one in found) > 100, "there was work"
    assert max(one.ended_s for one in found) < 20, "nothing waits for the sweeper"


async def test_the_rig_finds_what_was_not_synced() -> None:
    with workshop() as root:
        plan = Plan("process", shards=1, age_s=0.0, images=2, seed=1)
        *_, last = await take_images(root, plan)
        found = await judge(last, plan, root)
    # Memory that is ahead of its log is refused, which is a finding as well.
    assert found.lost.get("submission") or found.refused, found
