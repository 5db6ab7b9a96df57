"""Handing in a run, for the command line and for HTTP alike: what a submission must be, and storing it once."""

from collections.abc import Sequence

from nats.aio.client import Client

from mycoderai.broker.admission import why_closed
from mycoderai.broker.log import append, last
from mycoderai.schemas.errors import Conflict, NoRoom, PermanentError
from mycoderai.schemas.events import SUBMISSION_BYTES, RunSubmitted, decode, encode
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, parse_event


class Unacceptable(PermanentError):
    """No fleet would accept the task."""


def check_task(task: str, role: str) -> None:
    """Raises Unacceptable, before anything is packed or uploaded for nothing."""
    if not task.strip():
        raise Unacceptable("the task is empty", 'mycoder run "make the failing tests pass" --repo PATH')
    if len(task.encode(errors="replace")) > SUBMISSION_BYTES // 2:
        raise Unacceptable("the task is too long", "put what is long into a file of the repository, and name the file")
    if not is_token(role):
        raise Unacceptable(f"role {role[:80]!r} is not a name", "use lower-case letters, digits, - and _")


async def check_admission(nc: Client) -> None:
    """Raises NoRoom while no new runs are accepted, before anything is uploaded for nothing."""
    if reason := await why_closed(nc):
        raise NoRoom(reason, "free some space on the broker's disk; `mycoder doctor` tells how much is missing")


def own_roles(names: Sequence[str]) -> tuple[str, ...]:
    """Those of a repository's role files whose names can be roles."""
    return tuple(name for name in names if is_token(name))


async def store_submission(nc: Client, settings: Settings, run: str, event: RunSubmitted, id_: str = "") -> bool:
    """Store the first event of a run's log; False when it is there already, stored by the same request.

    id_: tells requests apart for ever; without one, each is a request of its own. Raises Conflict when the run's id is
    taken by another one, MalformedMessage for a submission no reader would accept, NoRoom.
    """
    subject = Log(run, shard_of(run, settings.shards)).run_event("submitted")
    decode(encode(event), parse_event(subject))
    message_id = id_ or run
    try:
        await append(nc, subject, event, expected=0, id=message_id, wait_for_room=False)
    except Conflict:
        if id_ and await submitted_before(nc, settings, run, id_):
            return False
        raise
    return True


async def submitted_before(nc: Client, settings: Settings, run: str, id_: str) -> bool:
    """Whether this very request has been stored. Raises Conflict when another one has taken the run's id."""
    stored = await last(nc, Log(run, shard_of(run, settings.shards)).run_event("submitted"))
    if stored is None:
        return False
    if stored.id != id_:
        raise Conflict(f"run {run} is there already, and is another one")
    return True
