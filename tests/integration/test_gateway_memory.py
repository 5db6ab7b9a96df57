"""Memory's items and what models cost, over HTTP, against a real memory worker."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec
from eventually import WITHIN_S
from fleet_support import RunningFleet
from gateway_support import Gateway, Reply, gateway

from mycoderai.broker.log import append, append_bytes
from mycoderai.broker.request import call
from mycoderai.schemas.budget import NANO, Account, Reservation
from mycoderai.schemas.chat import Message, Usage
from mycoderai.schemas.events import Limits, ModelAnswered, RunPlanned, RunSubmitted
from mycoderai.schemas.notes import Place, Provenance, Put, WriteItems, Written
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import BUDGET, fleet_account, memory_write, run_account

StartFleet = Callable[..., Awaitable[RunningFleet]]
SHOP = {"scope": "project", "owner": "shop"}


async def keep(served: Gateway, key: str, text: str, **more: object) -> Reply:
    body = {"id": f"{key}-{text}", **SHOP, "key": key, "text": text, **more}
    return await served.send("PUT", "/api/v1/memory/item", body)


async def by_agent(fleet: RunningFleet, scope: str, owner: str, key: str, text: str) -> int:
    """The version."""
    nc = await fleet.connect("coder")
    write = WriteItems(
        id=f"agent-{key}",
        place=msgspec.convert({"scope": scope, "owner": owner}, Place),
        changes=(Put(key=key, text=text),),
        provenance=Provenance(source="agent", by="coder", run="r1", step="main", turn=3),
    )
    return (await call(nc, memory_write("coder"), write, Written, timeout_s=WITHIN_S)).changed[0].version


async def test_an_item_is_kept_found_edited_and_forgotten(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("memory",))
    async with gateway(fleet.settings) as served:
        first = await keep(served, "tests", "make check", tags=["always"], expected_version=0)
        assert (first.status, first.json["outcome"]) == (200, "stored")
        again = await keep(served, "tests", "make check", tags=["always"], expected_version=0)
        assert again.json == first.json, "sent again, it is answered again"
        version = first.json["item"]["version"]
        stale = await keep(served, "tests", "make test", expected_version=version + 7)
        assert (stale.status, stale.json["error"]["code"]) == (409, "changed_meanwhile")
        assert stale.json["item"]["text"] == "make check"
        edited = await keep(served, "tests", "make all", expected_version=version)
        assert edited.json["item"]["provenance"]["source"] == "person"
        for path in ("?text=all", "?scope=project&owner=shop", "?prefix=te", "?text=make&scope=project&owner=shop"):
            found = (await served.get(f"/api/v1/memory/items{path}")).json["items"]
            assert [item["text"] for item in found] == ["make all"], path
        for path in ("?text=all&scope=global", "?prefix=x", "?tag=always", "?quarantined=true", "?offset=1"):
            assert (await served.get(f"/api/v1/memory/items{path}")).json["items"] == [], path
        forget = {"id": "f1", **SHOP, "key": "tests"}
        assert (await served.send("POST", "/api/v1/memory/forget", forget)).json["outcome"] == "forgotten"
        absent = await served.send("POST", "/api/v1/memory/forget", forget | {"id": "f2"})
        assert (absent.json["outcome"], absent.json["item"]) == ("absent", None)
        missing = await served.get("/api/v1/memory/item?scope=project&owner=shop&key=tests")
        assert (missing.status, missing.json["error"]["code"]) == (404, "unknown_item")
        for body in ({"key": "a\nb"}, {"key": "k", "text": " "}, {"key": "lesson/x"}, {"key": "k", "owner": ""}):
            refused = await keep(served, **({"key": "k", "text": "x"} | body))  # type: ignore[arg-type]
            assert (refused.status, refused.json["error"]["code"]) == (400, "bad_request"), body
        assert (await served.get("/api/v1/memory/items?scope=nowhere")).status == 400


async def test_what_an_agent_wrote_is_approved_or_edited_and_keeps_where_it_came_from(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("memory",))
    waiting = await by_agent(fleet, "global", "", "tip", "for everybody")
    used = await by_agent(fleet, "task", "r1", "note", "of the run")
    async with gateway(fleet.settings) as served:
        (listed,) = (await served.get("/api/v1/memory/items?quarantined=true")).json["items"]
        assert (listed["key"], listed["version"], listed["trusted"]) == ("tip", waiting, False)
        approve = {"id": "a1", "key": "tip", "expected_version": waiting}
        approved = await served.send("POST", "/api/v1/memory/approve", approve)
        assert (approved.json["outcome"], approved.json["item"]["trusted"]) == ("approved", True)
        twice = await served.send("POST", "/api/v1/memory/approve", approve | {"id": "a2"})
        assert twice.status == 409, "nothing waits any more"
        place = {"scope": "task", "owner": "r1"}
        edited = await keep(served, "note", "of the run, corrected", **place, expected_version=used)
        origin = edited.json["item"]["provenance"]
        assert (origin["source"], origin["run"], origin["step"], origin["turn"]) == ("person", "r1", "main", 3)
        detail = (await served.get("/api/v1/memory/item?scope=task&owner=r1&key=note")).json
        assert (detail["item"]["text"], detail["waiting"], detail["uses"]) == ("of the run, corrected", None, [])
        places = (await served.get("/api/v1/memory/places")).json["places"]
        assert [(place["scope"], place["owner"], place["items"]) for place in places] == [
            ("global", "", 1),
            ("task", "r1", 1),
        ]
        stats = (await served.get("/api/v1/memory/stats")).json
        assert stats["positions"]["MEMORY"] >= 3


async def test_costs_are_told_with_what_is_left_of_the_budgets(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("memory",), fleet_usd_per_day=5.0)
    orchestrator, model = await fleet.connect("orchestrator"), await fleet.connect("model")
    log = await fleet.submit(RunSubmitted(task="x", role="coder", limits=Limits(usd=2.0)))
    steps = (StepSpec(id="a", role="coder", goal="g"), StepSpec(id="b", role="tester", goal="g"))
    await append(orchestrator, log.run_event("planned"), RunPlanned(steps=steps))
    for step, name, usd in (("a", "acme/large", 0.25), ("b", "acme/large", 0.5), ("b", "acme/odd", None)):
        usage = Usage(input_tokens=100, output_tokens=10, cached_tokens=60, cost_usd=usd)
        said = Message(role="assistant", content="x")
        event = ModelAnswered(call=f"{step}-{name[5:]}", model=name, message=said, finish_reason="stop", usage=usage)
        seq = await append(model, log.call(step, event.call), event)
    account = Account(spent=NANO, open={"c": Reservation(amount=NANO // 2, ticket="t")})
    await append_bytes(model, run_account(log.run, 0), msgspec.json.encode(account), stream=BUDGET)
    for day in {
        (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%d") for hours in (0, 1)
    }:  # or of midnight
        await append_bytes(model, fleet_account(day), msgspec.json.encode(account), stream=BUDGET)
    await fleet.remembered(seq)
    async with gateway(fleet.settings) as served:
        told = (await served.get(f"/api/v1/costs?run={log.run[:20]}&by=role")).json
        lines = {line["key"]: line["spent"] for line in told["lines"]}
        assert {key: spent["known_usd"] for key, spent in lines.items()} == {"coder": 0.25, "tester": 0.5}
        assert (lines["tester"]["cost_usd"], lines["tester"]["unpriced"]) == (None, 1)
        assert (told["total"]["input_tokens"], told["total"]["cached_tokens"]) == (300, 180)
        assert (told["run"]["spent_usd"], told["run"]["reserved_usd"], told["run"]["limit_usd"]) == (1.0, 0.5, 2.0)
        assert (told["day"]["spent_usd"], told["day"]["limit_usd"]) == (1.0, 5.0)
        by_model = (await served.get("/api/v1/costs")).json
        assert [line["key"] for line in by_model["lines"]] == ["acme/large", "acme/odd"]
        assert by_model["run"] is None
        models = (await served.get("/api/v1/models")).json["models"]
        assert {"acme/large", "acme/odd", "offline/repair"} <= set(models)
        assert (await served.get("/api/v1/costs?since=2999")).json["lines"] == []
        assert (await served.get("/api/v1/costs?run=none")).status == 404
        assert (await served.get("/api/v1/costs?by=colour")).status == 400
