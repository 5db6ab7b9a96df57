"""A step for which there is no worker does not wait in silence."""

from eventually import eventually

from mycoderai.broker.pools import is_unattended
from mycoderai.gateway.cli.unattended import sentence


async def test_a_pool_without_workers_is_told_from_one_that_waits_or_works(start_fleet) -> None:
    fleet = await start_fleet(("orchestrator", "noop"))
    assert await is_unattended(fleet.client, "tester")

    async def waits() -> bool:
        return not await is_unattended(fleet.client, "noop")

    await eventually(waits)  # the broker counts a worker's request in its own time


async def test_the_person_is_told_how_a_pool_that_is_not_in_the_settings_is_started(start_fleet) -> None:
    fleet = await start_fleet(())
    assert await is_unattended(fleet.client, "coder-docker"), "nobody serves what does not exist"
    assert sentence("coder", fleet.settings).endswith("Start one: mycoder worker --role coder")
    assert "MYCODER_POOLS=coder-docker mycoder worker" in sentence("coder-docker", fleet.settings)
