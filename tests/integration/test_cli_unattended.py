"""A step for which there is no worker does not wait in silence."""

from mycoderai.gateway.cli.unattended import is_unattended


async def test_a_pool_without_workers_is_told_from_one_that_waits_or_works(start_fleet) -> None:
    fleet = await start_fleet(("orchestrator", "noop"))
    assert await is_unattended(fleet.client, "tester")
    assert not await is_unattended(fleet.client, "noop")
