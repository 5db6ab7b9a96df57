"""The door's pure parts: buckets, proxies, links, names of this host, cookies, what the audit calls a command."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from mycoderai.gateway import limits as limits_module
from mycoderai.gateway.access import bearer, caller, cookie, cookie_name, is_here
from mycoderai.gateway.audit import named
from mycoderai.gateway.limits import Limits, Rate
from mycoderai.gateway.peers import is_loopback
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.proxies import Proxies
from mycoderai.gateway.sign_in import KEY_FILE, LINK_S, load_key, make_link, read_link
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings, load
from mycoderai.schemas.web.access import Me, NewToken
from mycoderai.schemas.web.commands import CancelRun


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def limited(per_s: float, burst: float) -> tuple[Limits, Clock]:
    clock = Clock()
    rate = Rate(per_s, burst)
    return Limits({"command": rate, "submit": rate, "upload": rate, "failed_login": rate}, clock), clock


def takes(limits: Limits, who: str = "ann") -> bool:
    try:
        limits.take(who, "command")
    except Problem:
        return False
    return True


@given(st.lists(st.floats(0, 20), min_size=1, max_size=60))
def test_nobody_gets_more_than_the_burst_and_what_has_refilled(pauses: list[float]) -> None:
    limits, clock = limited(0.5, 5)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += takes(limits)
        assert taken <= 5 + 0.5 * clock.now + 1e-6


def test_who_waits_as_long_as_told_gets_in_and_others_do_not_wait() -> None:
    limits, clock = limited(0.1, 2)
    assert [takes(limits) for _ in range(3)] == [True, True, False]
    assert takes(limits, "ben")
    with pytest.raises(Problem) as told:
        limits.take("ann", "command")
    assert told.value.status == 429
    clock.now += told.value.retry_after_s
    assert takes(limits)


def test_buckets_of_callers_who_went_away_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "MOST_BUCKETS", 10)
    limits, clock = limited(1, 2)
    for number in range(100):
        assert takes(limits, f"caller {number}")
        assert len(limits._buckets) <= 10
    clock.now += 1_000
    assert takes(limits)
    assert len(limits._buckets) == 1


def proxies(**changes: Any) -> Proxies:
    given: dict[str, Any] = {
        "gateway_proxies": ("10.0.0.0/8", "::1"),
        "gateway_user_header": "X-User",
        "gateway_groups_header": "X-Groups",
        "gateway_roles": {"ann": "admin", "group:dev": "operator", "group:all": "viewer"},
    }
    return Proxies(Settings(**(given | changes)))


@pytest.mark.parametrize(
    ("headers", "role"),
    [
        ({"x-user": "ann"}, "admin"),
        ({"x-user": "ann", "x-groups": "all"}, "admin"),
        ({"x-user": "ben", "x-groups": "all, dev"}, "operator"),
        ({"x-user": "ben", "x-groups": "all"}, "viewer"),
        ({"x-user": "ben", "x-groups": "group:dev"}, None),
        ({"x-user": "group:dev"}, None),
        ({"x-user": "*"}, None),
        ({"x-user": "ben"}, None),
        ({"x-user": " "}, None),
        ({"x-groups": "dev"}, None),
        ({}, None),
    ],
)
def test_a_proxys_user_gets_the_highest_role_of_name_and_groups(headers: dict[str, str], role: str | None) -> None:
    me = proxies().me(Headers(headers))
    assert (me.role if me else None) == role


def test_everybody_may_have_a_role_too() -> None:
    me = proxies(gateway_roles={"*": "viewer"}).me(Headers({"x-user": "zoe"}))
    assert me == Me(name="zoe", role="viewer", by="proxy")


@pytest.mark.parametrize("twice", [b"x-user", b"x-groups"])
def test_what_a_proxy_adds_to_what_the_client_said_is_not_believed(twice: bytes) -> None:
    once = [(b"x-user", b"ann"), (b"x-groups", b"all")]
    assert proxies().me(Headers(raw=once)) is not None
    assert proxies().me(Headers(raw=[(twice, b"dev"), *once])) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "198.51.100.1, 203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("::ffff:10.1.1.1", "203.0.113.9", "203.0.113.9"),
        ("unix", "203.0.113.9", "unix"),
        ("10.1.1.1", "198.51.100.1\n203.0.113.9", "203.0.113.9"),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_proxies_say_it(peer: str, forwarded: str, address: str) -> None:
    raw = [(b"x-forwarded-for", line.encode()) for line in forwarded.split("\n")]
    assert proxies().client_address(peer, Headers(raw=raw)) == address


@pytest.mark.parametrize(
    "changes", [{"gateway_user_header": ""}, {"gateway_proxies": ()}, {"gateway_proxies": ("proxy.example",)}]
)
def test_half_a_proxy_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        proxies(**changes)


def test_the_proxys_settings_can_be_variables(tmp_path: Path) -> None:
    variables = {
        "HOME": str(tmp_path),
        "MYCODER_GATEWAY_PROXIES": "10.0.0.5, 10.1.0.0/16",
        "MYCODER_GATEWAY_ROLES": '{"*": "viewer"}',
    }
    settings, _ = load(variables, cwd=tmp_path)
    assert (settings.gateway_proxies, settings.gateway_roles) == (("10.0.0.5", "10.1.0.0/16"), {"*": "viewer"})
    with pytest.raises(ConfigError, match="gateway_roles"):
        load({"HOME": str(tmp_path), "MYCODER_GATEWAY_ROLES": '{"*": "king"}'}, cwd=tmp_path)


def test_a_link_names_its_session_until_it_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    url = make_link("http://127.0.0.1:1", b"k" * 32)
    offered = url.partition("=")[2]
    assert read_link(offered, b"k" * 32) == offered.split(".")[1]
    with pytest.raises(Problem, match="not of this fleet"):
        read_link(offered, b"o" * 32)
    later = float(offered.split(".")[0]) + 1
    monkeypatch.setattr("time.time", lambda: later)
    with pytest.raises(Problem, match="too old"):
        read_link(offered, b"k" * 32)
    assert LINK_S <= 900


@given(st.text(max_size=200))
def test_no_other_text_is_a_link(offered: str) -> None:
    with pytest.raises(Problem):
        read_link(offered, b"k" * 32)


def test_the_key_is_made_once_and_never_empty(tmp_path: Path) -> None:
    key = load_key(tmp_path)
    assert load_key(tmp_path) == key
    (tmp_path / KEY_FILE).write_text("\n")
    with pytest.raises(ConfigError, match="no usable key"):
        load_key(tmp_path)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("localhost:8730", True),
        ("127.0.0.1:8730", True),
        ("127.9.9.9", True),
        ("[::1]:8730", True),
        ("::1", False),
        ("", False),
        ("[", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_only_loopback_names_are_this_host(host: str, here: bool) -> None:
    assert is_here(host) == here


def test_loopback_is_known_in_both_families() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1")] == [True] * 3
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost", "")] == [False] * 5  # noqa: S104


@pytest.mark.parametrize(
    ("header", "shown"),
    [("Bearer x", "x"), ("bearer  x ", "x"), ("Basic YTpi", ""), ("Bearer", ""), ("", ""), ("x", "")],
)
def test_a_token_is_shown_as_bearer(header: str, shown: str) -> None:
    assert bearer({"authorization": header}) == shown


def test_two_fleets_of_one_host_do_not_share_a_cookie_and_https_keeps_it_to_itself() -> None:
    assert cookie_name({"host": "localhost:1"}) != cookie_name({"host": "localhost:2"})
    assert cookie_name({"host": "fleet.example"}) == "mycoder"
    assert "; Secure" not in cookie("s", {"host": "localhost:1"})
    assert "; Secure" in cookie("s", {"host": "fleet.example", "x-forwarded-proto": "https"})
    assert "Max-Age=0" in cookie("", {"host": "localhost:1"})


def test_the_audit_names_the_verb_of_a_command() -> None:
    assert named("command_run", CancelRun(id="a")) == "command_run.cancel"
    assert named("create_token", NewToken(name="ann")) == "create_token"
    assert named("sign_out", None) == "sign_out"


def test_callers_are_told_apart_by_token_before_name() -> None:
    assert caller(Me(name="ann", role="admin", by="token", token="t")) == "t"
    assert caller(Me(name="ann", role="admin", by="proxy")) == "proxy:ann"
