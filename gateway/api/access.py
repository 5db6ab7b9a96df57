"""Who I am, who may come in, and who did what."""

from nats.aio.client import Client
from starlette.responses import Response

from mycoderai.gateway.access import cookie
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.audit import AuditLog
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import json_reply
from mycoderai.gateway.tokens import Tokens
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.access import Audit, AuditQuery, Me, NewToken, Token, TokenMade
from mycoderai.schemas.web.access import Tokens as TokenList


class AccessApi(Area):
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        super().__init__(nc, settings, memory)
        self._tokens = Tokens(nc)
        self._audit = AuditLog(nc)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/me", handler=self.get_me, reply=Me,
                summary="Whom the gateway takes me for, and what I may do",
            ),
            Endpoint(
                method="DELETE", path="/me", handler=self.sign_out, reply=Me,
                summary="Sign this browser out: its cookie goes, and the session's token with it",
            ),
            Endpoint(
                method="GET", path="/tokens", handler=self.list_tokens, reply=TokenList, role="admin",
                summary="The tokens that open this fleet's gateways",
            ),
            Endpoint(
                method="POST", path="/tokens", handler=self.create_token, body=NewToken, reply=TokenMade, status=201,
                role="admin", summary="Make a token; its secret is shown this once",
            ),
            Endpoint(
                method="DELETE", path="/tokens/{id}", handler=self.revoke_token, reply=Token, role="admin",
                problems=(404,), summary="Revoke a token: from now on it opens nothing, at any gateway",
            ),
            Endpoint(
                method="GET", path="/audit", handler=self.list_audit, query=AuditQuery, reply=Audit, role="admin",
                summary="Who gave which command and what became of it, newest first",
            ),
        ]  # fmt: skip

    async def get_me(self, call: Call) -> Me:
        return call.me

    async def sign_out(self, call: Call) -> Response:
        if call.me.token and (token := await self._tokens.of(call.me.token)) and token.session:
            await self._tokens.revoke(token.id)
        reply = json_reply(call.me)
        reply.headers["Set-Cookie"] = cookie("", call.request.headers)
        return reply

    async def list_tokens(self, call: Call) -> TokenList:
        return TokenList(tokens=await self._tokens.all())

    async def create_token(self, call: Call) -> TokenMade:
        wanted: NewToken = call.body
        made = await self._tokens.create(wanted.name, wanted.role, wanted.days, by=call.me.name)
        call.details["target"] = made.token.id
        call.details["detail"] = f"{made.token.role} {made.token.name}"
        return TokenMade(token=made.token, secret=made.secret)

    async def revoke_token(self, call: Call) -> Token:
        token = await self._tokens.revoke(call.path["id"])
        if token is None:
            raise Problem(404, "unknown_token", "there is no such token", "mycoder token ls shows them")
        return token

    async def list_audit(self, call: Call) -> Audit:
        asked: AuditQuery = call.query
        return await self._audit.page(asked.before, asked.limit)
