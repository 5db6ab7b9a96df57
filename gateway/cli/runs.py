"""Finding runs and reading their logs."""

import json
from datetime import UTC, datetime

from mycoderai.broker.log import last, read_events
from mycoderai.gateway.cli.errors import CliError, ExitCode, usage
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.render import change
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.view import RunView
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.events import Recorded
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.subjects import Log, stream_of

LATEST = "latest"
_LISTED = 5


async def resolve(session: Session, text: str) -> str:
    """The run that a full id, the beginning of one, or `latest` names. Raises a usage error."""
    text = text.lower()
    if text == LATEST:
        return await _latest(session)
    if not is_token(text):
        raise usage(f"{clean(text, 60)!r} is no run id", "mycoder ls")
    if await last(session.nc, log_of(session, text).run_event("submitted")):
        return text
    found = sorted(run for run in await _all_runs(session) if run.startswith(text))
    if not found:
        raise usage(f"no run begins with {text!r}", "mycoder ls")
    if len(found) > 1:
        listed = ", ".join(found[:_LISTED]) + (", …" if len(found) > _LISTED else "")
        raise usage(f"{len(found)} runs begin with {text!r}", "give more of the id", cause=listed)
    return found[0]


def log_of(session: Session, run: str) -> Log:
    return Log(run, shard_of(run, session.settings.shards))


async def events_of(session: Session, run: str) -> list[Recorded]:
    log = log_of(session, run)
    return await read_events(session.nc, log.stream, log.all)


async def view_of(session: Session, run: str) -> RunView:
    """The run as its log tells it so far."""
    view = RunView(run)
    for recorded in await events_of(session, run):
        view.apply(recorded, change(recorded, view))
    return view


async def look_up(options: Options, interrupts: Interrupts, text: str) -> RunView:
    """The run that `text` names, in a session of its own."""
    async with Session(options, interrupts) as session:
        await session.open()
        return await view_of(session, await resolve(session, text))


async def finished_view(session: Session, run: str) -> RunView:
    """The run's end. Raises an error with code 8 while there is none; reads no steps, so long logs cost nothing."""
    log = log_of(session, run)
    view = RunView(run)
    for recorded in await read_events(session.nc, log.stream, log.decisions):
        view.apply(recorded)
    if view.finished is None:
        raise CliError(f"run {run} has not finished", f"mycoder wait {run}", code=ExitCode.PENDING)
    return view


async def _latest(session: Session) -> str:
    newest: tuple[datetime, str] = (datetime.min.replace(tzinfo=UTC), "")
    for shard in range(session.settings.shards):
        request = json.dumps({"last_by_subj": f"evt.{shard}.*.run.submitted"}).encode()
        reply = await session.nc.request(f"$JS.API.DIRECT.GET.{stream_of(shard)}", request, timeout=5)
        headers = reply.headers or {}
        if not headers.get("Status"):
            # As times: the server leaves zeros at the end out, so as texts they have no order.
            stored_at = datetime.fromisoformat(headers["Nats-Time-Stamp"])
            newest = max(newest, (stored_at, headers["Nats-Subject"].split(".")[2]))
    if not newest[1]:
        raise usage("there is no run yet", 'mycoder run "make the failing tests pass" --repo PATH')
    return newest[1]


async def _all_runs(session: Session) -> set[str]:
    found: set[str] = set()
    for shard in range(session.settings.shards):
        found |= await _runs_in(session, stream_of(shard))
    return found


async def _runs_in(session: Session, stream: str) -> set[str]:
    found: set[str] = set()
    while True:
        request = json.dumps({"subjects_filter": "evt.*.*.run.submitted", "offset": len(found)}).encode()
        answer = json.loads((await session.nc.request(f"$JS.API.STREAM.INFO.{stream}", request, timeout=10)).data)
        if error := answer.get("error"):
            raise MycoderError(f"the broker did not list the runs: {error.get('description')}", "mycoder doctor")
        page = answer["state"].get("subjects") or {}
        found.update(subject.split(".")[2] for subject in page)
        if not page or len(found) >= answer.get("total", 0):
            return found
