"""`mycoder token` on a running fleet: a token made here opens the gateway, until it is revoked."""

import json
import re
import urllib.error
import urllib.request
from typing import Any

from tests.e2e.cli_support import WITHIN_S, Mycoder


def me(url: str, secret: str) -> Any:
    asked = urllib.request.Request(f"{url}/api/v1/me", headers={"Authorization": f"Bearer {secret}"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=WITHIN_S) as answer:  # noqa: S310 - our own gateway
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_token_is_made_listed_used_and_revoked(mycoder: Mycoder, fleet: dict[str, Any]) -> None:
    made = mycoder("token", "create", "ann", "--role", "operator", "--days", "1", "--json")
    assert made.code == 0, made.err
    (line,) = made.objects
    id, secret = line["token"]["id"], line["secret"]
    assert me(fleet["page"], secret) == {"name": "ann", "role": "operator", "by": "token", "token": id}
    listed = mycoder("token", "ls")
    assert re.search(rf"{id} +operator +ann", listed.out)
    assert secret not in listed.out
    assert mycoder("token", "revoke", id).code == 0
    assert me(fleet["page"], secret) == 401
    assert (mycoder("token", "revoke", id).code, mycoder("token", "create", " ").code) == (2, 1)
    link = mycoder("token", "link").out.strip()
    assert link.startswith(f"{fleet['page']}/?sign_in=")
