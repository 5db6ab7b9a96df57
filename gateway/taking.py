"""Taking in a run that a web client hands in: once for each id, for ever."""

from collections.abc import Awaitable, Callable

import msgspec
from nats.aio.client import Client

from mycoderai.gateway.orders import fingerprint
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.submitting import check_admission, store_submission, submitted_before
from mycoderai.schemas.errors import Conflict, MalformedMessage
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.access import Me
from mycoderai.schemas.web.runs import Accepted


class Taking:
    def __init__(self, nc: Client, settings: Settings) -> None:
        self._nc = nc
        self._settings = settings

    async def take(self, run: str, asked: object, me: Me, make: Callable[[], Awaitable[RunSubmitted]]) -> Accepted:
        """Store the run's submission, which `make` puts together, unless this request has stored it before.

        Raises Problem 409 when the id stands for something else, NoRoom while no new runs are accepted.
        """
        id_ = fingerprint(run, asked, me.name)
        try:
            repeated = await submitted_before(self._nc, self._settings, run, id_)
            if not repeated:
                await check_admission(self._nc)
                event = msgspec.structs.replace(await make(), submitted_by=me.name)
                repeated = not await store_submission(self._nc, self._settings, run, event, id_)
        except Conflict as err:
            raise Problem(409, "id_used", f"the id {run} stands for another run", "give every run its own id") from err
        except MalformedMessage as err:
            raise Problem(400, "bad_submission", err.message, err.fix) from err
        return Accepted(run=run, url=f"/runs/{run}", repeated=repeated)
