"""Asking something of one run, or of many."""

from typing import Any

import msgspec

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint, Response
from mycoderai.gateway.asks import carry_out
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import json_reply
from mycoderai.schemas.web.commands import AnyCommand, Outcome

_COMMAND: Any = AnyCommand  # a union: what msgspec decodes to, but no class to a type checker


class AsksApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="POST", path="/runs/{run}/commands", handler=self.command_run, role="operator", body=_COMMAND,
                reply=Outcome, also=(202,), problems=(404, 409),
                summary="Cancel, pause, resume, approve, deny, message, retry or edit; once for each id",
            ),
        ]  # fmt: skip

    async def command_run(self, call: Call) -> Response:
        command: AnyCommand = call.body
        if command.run not in ("", call.run):
            raise Problem(400, "bad_request", "the body names another run than the path")
        command = msgspec.structs.replace(command, run=call.run)
        call.details.update(target=call.run, id=command.id, detail=str(command.__struct_config__.tag))
        return outcome_reply(call, await carry_out(self._nc, self._settings, self._memory, command, call.me))


def outcome_reply(call: Call, outcome: Outcome) -> Response:
    """200: accepted. 202: stored, and no orchestrator has judged it yet. 409: refused; the outcome stands beside the
    error."""
    if outcome.outcome == "refused":
        call.details.update(outcome="refused", detail=outcome.reason)
        refused = Problem(409, "refused", outcome.reason)
        return json_reply({"error": refused.fields, "outcome": outcome}, refused.status)
    return json_reply(outcome, 200 if outcome.outcome == "accepted" else 202)
