"""What `mycoder doctor` finds out about the broker and the workers."""

import json
from collections.abc import AsyncIterator

import nats.errors
from nats.aio.client import Client

from mycoderai.broker.admission import why_closed
from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.letters import letters_on
from mycoderai.broker.verify import drift
from mycoderai.gateway.cli.checks import Finding
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.fleet_data import FleetRecord, start_ticks
from mycoderai.gateway.fleet_streams import read_streams
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.subjects import COMMANDS, LOST_EVENTS, ORCHESTRATOR

MOST_LOST = 5


async def fleet_findings(options: Options, interrupts: Interrupts) -> AsyncIterator[Finding]:
    findings = []
    try:
        async with Session(options, interrupts) as session:
            await session.open()
            findings = [
                broker_finding(session),
                await admission_finding(session),
                await streams_finding(session),
                await log_finding(session.nc),
                await workers_finding(session),
            ]
    except MycoderError as err:
        findings.append(Finding("broker", "fail", err.message, err.fix or "mycoder up"))
    except nats.errors.Error as err:
        findings.append(Finding("broker", "fail", f"it does not answer: {err}", "mycoder up"))
    for finding in findings:
        yield finding


def broker_finding(session: Session) -> Finding:
    if session.fleet:
        return Finding("broker", "ok", "no fleet is running; a test start of nats-server succeeded")
    where = "of the running fleet" if session.found else "configured"
    return Finding("broker", "ok", f"{session.settings.nats_url} ({where})")


async def admission_finding(session: Session) -> Finding:
    if reason := await why_closed(session.nc):
        return Finding("admission", "fail", reason, "free some space on the broker's disk; nothing else is needed")
    return Finding("admission", "ok", "new runs are accepted")


async def streams_finding(session: Session) -> Finding:
    if alarms := read_streams(session.settings.data).alarms:
        fix = "look for what took it away, bring the log back from a copy, then restart the fleet"
        return Finding("streams", "fail", "; ".join(alarms), fix)
    if not (session.settings.credentials / ADMIN).exists():
        return Finding(
            "streams", "warn", "not checked: no admin credentials on this host", "run it on the broker's host"
        )
    nc = await connect(session.settings, ADMIN, name="doctor")
    try:
        wrong = await drift(nc, session.settings)
    finally:
        await nc.close()
    if wrong:
        fix = "corrected within 30 s where `mycoder up` or `mycoder broker` runs with the admin's password"
        return Finding("streams", "fail", f"not as declared: {', '.join(wrong)}", fix)
    return Finding("streams", "ok", "streams and consumers are as declared")


async def log_finding(nc: Client) -> Finding:
    """What memory found the broker unable to read."""
    if not (lost := await letters_on(nc, LOST_EVENTS)):
        return Finding("log", "ok", "no message is known to be lost")
    fix = "bring the log back from a copy, or drop the letters (`mycoder dead ls --pool memory`) to go on without"
    return Finding("log", "fail", "; ".join(letter.reason for letter in lost[:MOST_LOST]), fix)


async def workers_finding(session: Session) -> Finding:
    if session.fleet:
        return Finding("workers", "ok", "none running; `mycoder run` starts what it needs")
    if session.found:
        return local_workers(session.found)
    waiting = [pool for pool in (ORCHESTRATOR, *session.settings.all_pools) if await _served(session, pool)]
    if ORCHESTRATOR not in waiting:
        fix = "mycoder up --nats URL, or mycoder worker --role orchestrator"
        return Finding("workers", "fail", f"no orchestrator is connected; there are: {', '.join(waiting)}", fix)
    return Finding("workers", "ok", f"waiting for work: {', '.join(waiting)}")


def local_workers(record: FleetRecord) -> Finding:
    dead = [name for name, (pid, ticks) in record.processes.items() if start_ticks(pid) != ticks]
    alive = [f"{name} ({pid})" for name, (pid, _) in record.processes.items() if name not in dead]
    if dead:
        return Finding("workers", "warn", f"being restarted: {', '.join(dead)}", "look into logs/fleet.log")
    return Finding("workers", "ok", "running: " + ", ".join(alive))


async def _served(session: Session, pool: str) -> bool:
    """Whether somebody waits for the pool's commands."""
    try:
        reply = await session.nc.request(f"$JS.API.CONSUMER.INFO.{COMMANDS}.{pool}", b"", timeout=5)
    except (TimeoutError, nats.errors.Error):
        return False
    return bool(json.loads(reply.data).get("num_waiting"))
