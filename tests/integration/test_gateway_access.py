"""Who gets in, and what each may do there: every endpoint, every role, from here and from elsewhere."""

import asyncio
import json
import time
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Reply, Shared, SocketClient, gateway, sharing

from mycoderai.gateway.access import cookie_name
from mycoderai.gateway.api.endpoint import Endpoint, may
from mycoderai.gateway.api.table import described
from mycoderai.gateway.limits import RATES
from mycoderai.gateway.sign_in import page_url, sign_in_link
from mycoderai.schemas.web.access import ROLES, Role

ENDPOINTS = described()
COMMANDS = [endpoint for endpoint in ENDPOINTS if endpoint.changes]
FOREIGN = {"Origin": "http://elsewhere.example"}
JSON = {"Content-Type": "application/json"}


async def token_of(served: Gateway, role: Role, days: float = 0.0) -> tuple[str, str]:
    """A token's secret and its id."""
    made = await served.send("POST", "/api/v1/tokens", {"name": f"a {role}", "role": role, "days": days})
    assert made.status == 201, made
    return made.json["secret"], made.json["token"]["id"]


def path_of(endpoint: Endpoint) -> str:
    return "/api/v1" + endpoint.path.replace("{", "no-").replace("}", "")


async def ask(served: Gateway, endpoint: Endpoint, headers: dict[str, str], text: str = "[]") -> Reply:
    body = None if endpoint.method == "GET" else text
    return await served.get(path_of(endpoint), token=False, method=endpoint.method, body=body, **headers)


def own(served: Gateway) -> dict[str, str]:
    return {"Origin": served.url}


def cookie_of(served: Gateway, secret: str) -> dict[str, str]:
    return {"Cookie": f"{cookie_name({'host': urlsplit(served.url).netloc})}={secret}"}


@sharing()
async def test_every_endpoint_is_held_to_its_role_and_to_its_own_pages(guarded: Shared) -> None:
    served = guarded.served
    secrets = {role: (await token_of(served, role))[0] for role in ROLES}
    callers: list[Role | None] = [None, *ROLES]

    async def check(endpoint: Endpoint, role: Role | None, origin: dict[str, str]) -> None:
        shown = {"Authorization": f"Bearer {secrets[role]}"} if role else {}
        allowed = role is not None and may(role, endpoint.role)
        if allowed and origin is not FOREIGN and not endpoint.body:
            return  # it would be carried out
        reply = await ask(served, endpoint, {**JSON, **shown, **origin})
        assert (reply.status, reply.json["error"]["code"]) == expected(allowed, role, origin), (endpoint.path, role)

    def expected(allowed: bool, role: Role | None, origin: dict[str, str]) -> tuple[int, str]:
        if origin is FOREIGN:
            return 403, "foreign_origin"
        if role is None:
            return 401, "token_needed"
        return (400, "bad_request") if allowed else (403, "not_allowed")

    for cases in batches(product(ENDPOINTS, callers, [own(served), FOREIGN])):
        await asyncio.gather(*(check(*case) for case in cases))
    audited = (await served.get("/api/v1/audit?limit=1000")).json["entries"]
    refused = [entry for entry in audited if entry["outcome"] == "refused"]
    assert {entry["what"] for entry in refused} >= {e.name for e in COMMANDS if e.role != "viewer"}
    assert {entry["who"] for entry in refused} >= {"a viewer", "a operator"}


def batches(cases: Any, size: int = 16) -> list[list[Any]]:
    cases = list(cases)
    return [cases[start : start + size] for start in range(0, len(cases), size)]


@sharing()
async def test_what_a_viewer_may_look_at_answers(guarded: Shared) -> None:
    served = guarded.served
    viewer, _ = await token_of(served, "viewer")
    for path in ("/", "/api/v1/runs", "/api/v1/me", "/metrics", "/openapi.json"):
        reply = await served.get(path, token=False, Authorization=f"Bearer {viewer}")
        assert reply.status == 200, path
        assert (await served.get(path, token=False)).status == 401, path


async def test_this_host_gets_in_without_a_password_and_nobody_behind_a_proxy_does(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    async with gateway(fleet.settings) as served:
        me = (await served.get("/api/v1/me", token=False)).json
        assert (me["role"], me["by"]) == ("admin", "loopback")
        assert page_url(fleet.settings) == served.url
        for hint in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
            assert (await served.get("/api/v1/me", token=False, **{hint: "203.0.113.7"})).status == 401, hint
        named = await served.get("/api/v1/me", token=False, Host=f"192.0.2.1:{urlsplit(served.url).port}")
        assert named.status == 401, "only names of this host are open"


@sharing()
async def test_commands_on_the_word_of_a_browser_must_be_meant_by_our_page(shared: Shared) -> None:
    served = shared.served
    signed_in = cookie_of(served, served.token)
    form = {"Content-Type": "text/plain;charset=UTF-8"}
    cases: list[tuple[dict[str, str], str]] = [
        ({**signed_in, **JSON}, "foreign_origin"),
        ({**signed_in, **JSON, "Sec-Fetch-Site": "same-site"}, "foreign_origin"),
        ({**signed_in, **JSON, **FOREIGN}, "foreign_origin"),
        ({**JSON, **FOREIGN}, "foreign_origin"),
        ({**JSON, "Origin": "null"}, "foreign_origin"),
        ({**JSON, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, "foreign_origin"),
        ({**signed_in, **form, **own(served)}, "not_meant"),
        ({**form, **own(served)}, "not_meant"),
        (form, "not_meant"),
        ({**JSON}, "bad_request"),
        ({**form, "X-Mycoder-Client": "test"}, "bad_request"),
        ({**signed_in, **JSON, **own(served)}, "bad_request"),
        ({**signed_in, **JSON, "Sec-Fetch-Site": "same-origin"}, "bad_request"),
    ]
    for endpoint in (e for e in COMMANDS if e.method == "POST" and e.body):
        for headers, code in cases:
            reply = await ask(served, endpoint, headers)
            assert reply.json["error"]["code"] == code, (endpoint.path, headers)


@sharing()
async def test_a_visit_from_another_site_is_one_and_a_fetch_is_not(shared: Shared) -> None:
    served = shared.served
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert (await served.get("/", **elsewhere, **{"Sec-Fetch-Mode": "navigate"})).status == 200
    assert (await served.get("/api/v1/me", **elsewhere, **{"Sec-Fetch-Mode": "no-cors"})).status == 403


async def test_tokens_end_when_they_are_revoked_or_too_old(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet((), gateway_access="token")
    async with gateway(fleet.settings) as served, gateway(fleet.settings) as other:
        secret, id = await token_of(served, "viewer")

        async def status(of: str, where: Gateway) -> int:
            return (await where.get("/api/v1/me", token=False, Authorization=f"Bearer {of}")).status

        async def seen_to_open() -> str:
            """A token of a short time, but not too short for this host to see that it opens something."""
            for life_s in (2, 8, 32):
                brief, _ = await token_of(served, "viewer", days=life_s / 86_400)
                if await status(brief, other) == 200:
                    return brief
            raise AssertionError("none opened anything")

        brief = await seen_to_open()
        assert [await status(secret, served), await status(secret, other)] == [200] * 2
        assert id in (await served.get("/api/v1/tokens")).text
        assert secret.removeprefix(f"myc_{id}_") not in (await served.get("/api/v1/tokens")).text
        gone = await served.get(f"/api/v1/tokens/{id}", method="DELETE")
        assert (gone.status, gone.json["id"]) == (200, id)
        assert [await status(secret, served), await status(secret, other)] == [401, 401]
        assert (await served.get(f"/api/v1/tokens/{id}", method="DELETE")).status == 404

        async def ended() -> bool:  # nobody tells when a token's time is over
            return await status(brief, other) == 401

        await eventually(ended)
        for wrong in ("", "wrong", secret + "x", f"myc_{'0' * 16}_{'a' * 43}", f"myc_{id}_{'a' * 43}", "myc_*_x"):
            assert await status(wrong, served) == 401, wrong


async def test_a_sign_in_link_works_once_at_any_time_it_is_young(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet((), gateway_access="token")
    async with gateway(fleet.settings) as served:
        link = page_url(fleet.settings).removeprefix(served.url)
        welcome = await served.get(link, token=False)
        assert (welcome.status, welcome.headers["location"]) == (303, "/")
        cookie, *attributes = welcome.headers["set-cookie"].split("; ")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert (await served.get("/api/v1/me", token=False, Cookie=f"other=1; {cookie}")).json["role"] == "admin"
        again = await served.get(link, token=False)
        assert (again.status, again.json["error"]["code"]) == (401, "link_refused")
        fresh = sign_in_link(fleet.settings.data).removeprefix(served.url)
        expiry = fresh.partition("=")[2].partition(".")[0]
        for forged in (fresh.replace(expiry, str(int(expiry) + 1)), fresh[:-1], "/?sign_in=a.b.c", "/?sign_in=%ff"):
            assert (await served.get(forged, token=False)).status == 401, forged
        out = await served.get("/api/v1/me", token=False, method="DELETE", Cookie=cookie, **own(served))
        assert "Max-Age=0" in out.headers["set-cookie"]
        assert (await served.get("/api/v1/me", token=False, Cookie=cookie)).status == 401


@sharing()
async def test_a_person_signs_in_with_a_form_and_a_wrong_token_has_few_tries(guarded: Shared) -> None:
    served = guarded.served
    secret, _ = await token_of(served, "operator")
    page = await served.get("/", token=False, Accept="text/html")
    assert (page.status, 'action="/sign-in"' in page.text, "mycoder up" in page.text) == (401, True, True)

    async def enter(shown: str, **headers: str) -> Reply:
        form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return await served.get("/sign-in", token=False, method="POST", body=f"token={shown}", **form)

    assert (await enter(secret)).status == 403
    assert (await enter(secret, **FOREIGN)).status == 403
    entered = await enter(secret, **{"Origin": served.url.replace("http:", "https:")})
    assert (entered.status, "; Secure" in entered.headers["set-cookie"]) == (303, True)
    cookie = entered.headers["set-cookie"].partition(";")[0]
    assert (await served.get("/api/v1/me", token=False, Cookie=cookie)).json["role"] == "operator"
    assert (await enter("x" * 5_000, **own(served))).status == 413
    began, tries = time.monotonic(), 1
    while (reply := await enter("wrong", **own(served))).status == 401 and tries < 200:
        tries += 1
    assert reply.status == 429
    few = RATES["failed_login"]
    assert 2 <= tries <= few.burst + few.per_s * (time.monotonic() - began) + 1
    assert int(reply.headers["retry-after"]) >= 1
    assert (await enter(secret, **own(served))).status == 303, "who knows it gets in all the same"


async def test_a_trusted_proxy_says_who_it_is_and_nobody_else_does(start_fleet: Any) -> None:
    roles = {"ann": "admin", "group:dev": "operator", "*": "viewer"}
    header = {"gateway_user_header": "X-User", "gateway_groups_header": "X-Groups", "gateway_roles": roles}
    believed: RunningFleet = await start_fleet((), gateway_proxies=("127.0.0.0/8",), **header)
    stranger: RunningFleet = await start_fleet((), name="other", gateway_proxies=("192.0.2.7",), **header)
    async with gateway(believed.settings) as trusting, gateway(stranger.settings) as wary:

        async def me(served: Gateway, **headers: str) -> Any:
            reply = await served.get("/api/v1/me", token=False, **headers)
            return reply.json.get("role", reply.status)

        assert await me(trusting, **{"X-User": "ann"}) == "admin"
        assert await me(trusting, **{"X-User": "ben", "X-Groups": "ops, dev"}) == "operator"
        assert await me(trusting, **{"X-User": "cid", "X-Groups": "ops"}) == "viewer"
        assert await me(trusting) is None or (await trusting.get("/api/v1/me", token=False)).status == 401
        assert (await wary.get("/api/v1/me", token=False, **{"X-User": "ann"})).status == 401


async def test_others_can_reach_it_only_once_something_says_who_may_come_in(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    everywhere = ("--host", "0.0.0.0")  # noqa: S104 - what is to be refused
    code, said = await refused_start(fleet, everywhere)
    assert code == 1
    assert "token create" in said["fix"]
    async with gateway(fleet.settings) as served:
        secret, _ = await token_of(served, "viewer")
    async with gateway(fleet.settings, 0, *everywhere) as public:
        assert (await public.get("/api/v1/me", token=False)).status == 401, "its own loopback is not open either"
        assert (await public.get("/api/v1/me", token=False, Authorization=f"Bearer {secret}")).status == 200


async def refused_start(fleet: RunningFleet, arguments: tuple[str, ...]) -> tuple[int, dict[str, str]]:
    import os
    import sys

    from mycoderai.gateway.fleet_plan import settings_as_variables

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mycoderai.gateway.app", "--port", "0", *arguments),
        env=os.environ | settings_as_variables(fleet.settings),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WITHIN_S):
        _, said = await process.communicate()
    return process.returncode or 0, json.loads(said.splitlines()[-1])


@sharing()
async def test_every_command_is_in_the_audit_with_who_and_what_became_of_it(guarded: Shared) -> None:
    served = guarded.served
    secret, id = await token_of(served, "operator")
    await served.get("/api/v1/tokens", token=False, method="POST", body="{}", Authorization=f"Bearer {secret}")
    await served.send("POST", "/api/v1/tokens", {"name": "", "role": "viewer"})
    await served.get(f"/api/v1/tokens/{id}", method="DELETE")
    page = (await served.get("/api/v1/audit?limit=3")).json
    rows = [(entry["what"], entry["outcome"], entry["detail"]) for entry in page["entries"]]
    assert rows == [
        ("revoke_token", "done", ""),
        ("create_token", "refused", "bad_request"),
        ("create_token", "refused", "not_allowed"),
    ]
    assert (page["entries"][0]["target"], page["entries"][0]["address"]) == (id, "127.0.0.1")
    assert page["entries"][2]["who"] == "a operator"
    assert page["more"]
    older = (await served.get(f"/api/v1/audit?limit=1000&before={page['entries'][2]['seq']}")).json
    assert older["entries"][0]["what"] == "create_token"
    assert "sign_in" in {entry["what"] for entry in older["entries"]}
    assert secret.removeprefix(f"myc_{id}_") not in json.dumps([page, older])


@sharing()
async def test_socket_events_are_held_to_roles_and_audited_too(guarded: Shared) -> None:
    served = guarded.served
    asked = {"what": "cancel", "id": "c1", "run": "01m00000000000000000000000"}
    for role, code in (("viewer", "not_allowed"), ("operator", "unknown_run")):
        secret, _ = await token_of(served, role)
        async with SocketClient.connected(served, auth={"token": secret}) as client:
            assert (await client.ask("command", asked))["error"]["code"] == code
    entries = (await served.get("/api/v1/audit?limit=4")).json["entries"]
    rows = [(entry["who"], entry["what"], entry["id"], entry["outcome"]) for entry in entries]
    assert rows[0] == ("a operator", "command_run.cancel", "c1", "refused")
    assert rows[2] == ("a viewer", "command", "", "refused")


HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@sharing()
async def test_every_answer_holds_browsers_back(shared: Shared, accept: str) -> None:
    served = shared.served
    found, missing = ("/", "/healthz", "/readyz", "/api/v1/me", "/metrics"), ("/api/v1/no", "/no", "/assets/no")
    for path in (*found, *missing):
        reply = await served.get(path, Accept=accept)
        assert reply.headers.items() >= HEADERS.items(), path
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        if path.startswith("/api/"):
            assert "sandbox" in policy
            assert "html" not in reply.headers["content-type"]
    long = await served.get(f"/?{'a' * 65_000}", Accept=accept, **{"X-Long": "a" * 1_000})
    assert long.status == 431
    foreign = await served.get("/", Accept=accept, **FOREIGN)
    assert foreign.status == 403
    assert foreign.headers.items() >= HEADERS.items()
