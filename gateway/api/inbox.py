"""What waits for a person, in all runs."""

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.schemas.memory import Inbox, OpenQuestions
from mycoderai.schemas.web.runs import InboxQuery


class InboxApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/inbox", handler=self.list_questions, query=InboxQuery, reply=OpenQuestions,
                summary="Open questions of all runs that have not ended, oldest first",
            ),
        ]  # fmt: skip

    async def list_questions(self, call: Call) -> OpenQuestions:
        return await self._memory.ask(Inbox(limit=call.query.limit), OpenQuestions)
