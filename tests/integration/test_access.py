"""Closed by default: the broker itself refuses what a role has no business with."""

import asyncio
from pathlib import Path

import pytest
from eventually import WITHIN_S
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import SERVICES, ensure_users, permissions_of
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import load

FORBIDDEN = {
    "coder": [
        "evt.0.r.step.tester.main.done",
        "evt.0.r.run.finished",
        "evt.0.r.ready.coder.main",
        "evt.0.r.proof.main.e",
        "evt.0.r.call.main.c",
        "log.0.r.run.finished",
        "cmd.coder.r.main",
        "mem.x",
        "$JS.API.STREAM.DELETE.EVENTS",
        "$JS.API.CONSUMER.MSG.NEXT.COMMANDS.tester",
        "$JS.ACK.COMMANDS.tester.1.1.1.1.1",
    ],
    "client": [
        "evt.0.r.step.coder.main.done",
        "evt.0.r.run.finished",
        "evt.0.r.proof.main.e",
        "evt.0.r.ready.coder.main",
        "svc.exec.open",
        "svc.model.chat",
        "dead.coder.r.main",
        "$JS.API.STREAM.PURGE.EVENTS",
    ],
    "executor": ["evt.0.r.step.coder.main.done", "evt.0.r.run.submitted", "$JS.API.STREAM.UPDATE.EVENTS"],
    "model": ["evt.0.r.proof.main.e", "evt.0.r.run.finished"],
    "memory": ["evt.0.r.run.finished", "evt.0.r.ask.cancel"],
    "orchestrator": ["evt.0.r.step.coder.main.done", "evt.0.r.proof.main.e", "evt.0.r.run.submitted"],
    "gateway": ["evt.0.r.run.finished", "evt.0.r.step.coder.main.done"],
}


@pytest.mark.parametrize("role", FORBIDDEN)
async def test_the_broker_refuses_every_subject_that_is_not_the_roles_own(start_fleet, role: str) -> None:
    fleet = await start_fleet(roles=())
    client, refused = await listening(fleet.settings, role)
    for subject in FORBIDDEN[role]:
        await client.publish(subject, b"{}")
    await told(client, refused, len(FORBIDDEN[role]))
    assert sorted(refused) == sorted(subject.lower() for subject in FORBIDDEN[role])
    await client.close()


async def test_a_role_cannot_read_anothers_replies_or_queue(start_fleet) -> None:
    fleet = await start_fleet(roles=())
    client, refused = await listening(fleet.settings, "coder")
    for subject in ("_INBOX.client.>", "svc.exec.>", "cmd.>", "evt.>", ">"):
        await client.subscribe(subject)
    await told(client, refused, 5)
    assert len(refused) == 5
    await client.close()


async def test_two_fleets_of_one_host_do_not_reach_each_other(start_fleet, tmp_path: Path) -> None:
    mine = await start_fleet(roles=(), name="mine")
    theirs = await start_fleet(roles=(), name="theirs")
    settings, _ = load(
        {"HOME": str(tmp_path)}, {"data_dir": str(mine.settings.data), "nats_url": theirs.settings.nats_url}
    )
    with pytest.raises(ConfigError, match="refused the credentials"):
        await connect(settings, "client", wait_s=WITHIN_S)


def test_credentials_are_for_the_owners_eyes_only(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    users = ensure_users(folder, (*SERVICES, "coder"))
    assert len({user.password for user in users}) == len(users)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert ensure_users(folder, (*SERVICES, "coder")) == users, "a second start keeps them"


def test_only_the_admin_may_do_everything() -> None:
    for role in (*SERVICES, "coder", "noop"):
        allowed = permissions_of(role, 1)
        assert (">" in allowed.publish) == (role == "admin")
        assert "$JS.API.>" not in allowed.publish


class Refused(list[str]):
    """What was refused so far, and a signal for more."""

    def __init__(self) -> None:
        super().__init__()
        self.more = asyncio.Event()


async def told(client: Client, refused: Refused, count: int) -> None:
    """Once the broker has answered everything; the client hands errors on in a task of its own."""
    await client.flush()
    async with asyncio.timeout(WITHIN_S):
        while len(refused) < count:
            refused.more.clear()
            await refused.more.wait()


async def listening(settings: object, role: str) -> tuple[Client, Refused]:
    """A connection as `role`, and the subjects the broker refuses it, as they come."""
    client = await connect(settings, role)  # type: ignore[arg-type]
    refused = Refused()

    async def on_error(err: Exception) -> None:
        if "permissions violation" in str(err).lower():
            refused.append(str(err).split('"')[1].lower())
            refused.more.set()

    client._error_cb = on_error
    return client, refused
