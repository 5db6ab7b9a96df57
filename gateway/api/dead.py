"""Dead letters: what could not be handled, looked at, tried again, thrown away."""

from mycoderai.broker.letters import Letter, letter, remove, whole_payload
from mycoderai.broker.log import append
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.dead_letters import Filter, counted, find
from mycoderai.gateway.dead_replay import GoOn, Judged, carry_out, judged
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.resubmission import again
from mycoderai.schemas.events import Fork, RunSubmitted
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.subjects import DEAD, Log
from mycoderai.schemas.web.dead import (
    DeadDetail,
    DeadDone,
    DeadLine,
    DeadOutcome,
    DeadPage,
    DeadQuery,
    DeadResult,
    DeadWork,
)

MOST_LISTED = 500
MOST_AT_ONCE = 500
SHOWN_BYTES = 256 << 10


class DeadApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/dead", handler=self.list_dead, query=DeadQuery, reply=DeadPage,
                summary="Dead letters, oldest first",
            ),
            Endpoint(
                method="GET", path="/dead/{letter}", handler=self.get_dead, reply=DeadDetail, problems=(404,),
                summary="A dead letter, what it says, and what a replay would do now",
            ),
            Endpoint(
                method="POST", path="/dead/replay", handler=self.replay_dead, role="operator",
                body=DeadWork, reply=DeadResult,
                summary="Try again what letters are about, and put them away once that is stored",
            ),
            Endpoint(
                method="POST", path="/dead/drop", handler=self.drop_dead, role="admin",
                body=DeadWork, reply=DeadResult,
                summary="Delete letters; the runs they are about stay as they are",
            ),
        ]  # fmt: skip

    async def list_dead(self, call: Call) -> DeadPage:
        query: DeadQuery = call.query
        limit = max(1, min(query.limit, MOST_LISTED))
        wanted = Filter(pool=query.pool, run=query.run.lower(), reason=query.reason.lower())
        found = await find(self._nc, wanted, max(0, query.after), limit + 1)
        counts = await counted(self._nc)
        return DeadPage(
            letters=tuple(map(_line, found[:limit])),
            more=len(found) > limit,
            total=counts.total(query.pool, query.run.lower()),
            pools=counts.pools,
        )

    async def get_dead(self, call: Call) -> DeadDetail:
        found = await self._letter(call.path["letter"])
        whole = await whole_payload(self._nc, found)
        payload = found.payload if whole is None else whole
        (item,) = [item async for item in judged(self._nc, self._settings.shards, [found])]
        return DeadDetail(
            letter=_line(found),
            payload=payload[:SHOWN_BYTES].decode(errors="replace"),
            cut=whole is None or len(payload) > SHOWN_BYTES,
            action=item.replay.action,
            why=item.sentence,
            new_run=item.new_run,
        )

    async def replay_dead(self, call: Call) -> DeadResult:
        work, found = await self._named(call)
        done = {}
        async for item in judged(self._nc, self._settings.shards, found):
            done[item.letter.seq] = await self._replay(item, call.me.name, dry=work.dry_run)
        return _result(work, done)

    async def drop_dead(self, call: Call) -> DeadResult:
        work, found = await self._named(call)
        done = {}
        for item in found:
            if not work.dry_run:
                await remove(self._nc, DEAD, item.seq)
            outcome: DeadOutcome = "would" if work.dry_run else "done"
            done[item.seq] = DeadDone(
                seq=item.seq, outcome=outcome, action="drop", what="the letter is deleted", run=item.run
            )
        return _result(work, done)

    async def _letter(self, text: str) -> Letter:
        found = await letter(self._nc, int(text)) if text.isdecimal() and 0 < len(text) < 19 else None
        if found is None:
            raise Problem(404, "unknown_letter", f"there is no dead letter {text[:40]!r}", "mycoder dead ls")
        return found

    async def _named(self, call: Call) -> tuple[DeadWork, list[Letter]]:
        """Those that are still there."""
        work: DeadWork = call.body
        if not 1 <= len(work.letters) <= MOST_AT_ONCE:
            raise Problem(400, "bad_request", f"letters: 1 to {MOST_AT_ONCE} at once, not {len(work.letters)}")
        call.details.update(
            id=work.id, target=",".join(map(str, work.letters[:20])), detail="dry run" if work.dry_run else ""
        )
        found = [await letter(self._nc, seq) for seq in dict.fromkeys(work.letters)]
        return work, [item for item in found if item]

    async def _replay(self, item: Judged, by: str, *, dry: bool) -> DeadDone:
        outcome: DeadOutcome = "skipped" if item.replay.action == "none" else "would" if dry else "done"
        if outcome == "done":
            await carry_out(self._nc, self._settings.shards, item, by, self._go_on(by))
        return DeadDone(
            seq=item.letter.seq,
            outcome=outcome,
            action=item.replay.action,
            what=item.sentence,
            run=item.new_run or item.letter.run,
        )

    def _go_on(self, by: str) -> GoOn:
        async def go_on(submitted: RunSubmitted, origin: str, fork: Fork | None, run: str) -> None:
            event = again(submitted, origin, by=by, fork=fork)
            subject = Log(run, shard_of(run, self._settings.shards)).run_event("submitted")
            await append(self._nc, subject, event, expected=0, wait_for_room=False)

        return go_on


def _line(found: Letter) -> DeadLine:
    return DeadLine(
        seq=found.seq,
        at=found.time,
        pool=found.pool,
        run=found.run,
        step=found.step,
        reason=found.reason,
        attempts=found.attempts,
        subject=found.subject,
        size=found.size,
    )


def _result(work: DeadWork, done: dict[int, DeadDone]) -> DeadResult:
    """In the order asked for; a letter that is not there was dealt with by somebody."""
    return DeadResult(
        id=work.id,
        results=tuple(
            done.get(seq) or DeadDone(seq=seq, outcome="gone", what="there is no such letter any more")
            for seq in dict.fromkeys(work.letters)
        ),
    )
