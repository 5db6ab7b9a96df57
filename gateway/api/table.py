"""All endpoints. Routes, role checks, OpenAPI and the page's types are made from this list."""

from typing import cast

from nats.aio.client import Client

from mycoderai.gateway.api.access import AccessApi
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.asks import AsksApi
from mycoderai.gateway.api.code import CodeApi
from mycoderai.gateway.api.config import ConfigApi
from mycoderai.gateway.api.costs import CostsApi
from mycoderai.gateway.api.dead import DeadApi
from mycoderai.gateway.api.endpoint import Endpoint
from mycoderai.gateway.api.events import EventsApi
from mycoderai.gateway.api.fleet import FleetApi
from mycoderai.gateway.api.inbox import InboxApi
from mycoderai.gateway.api.memory import MemoryApi
from mycoderai.gateway.api.output import OutputApi
from mycoderai.gateway.api.plan import PlanApi
from mycoderai.gateway.api.runs import RunsApi
from mycoderai.gateway.api.submit import SubmitApi
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.settings import Settings

AREAS: tuple[type[Area], ...] = (
    RunsApi,
    SubmitApi,
    AsksApi,
    EventsApi,
    PlanApi,
    InboxApi,
    AccessApi,
    CodeApi,
    OutputApi,
    FleetApi,
    DeadApi,
    MemoryApi,
    CostsApi,
    ConfigApi,
)


def endpoints(nc: Client, settings: Settings) -> list[Endpoint]:
    memory = Memory(nc)
    return [endpoint for area in AREAS for endpoint in area(nc, settings, memory).endpoints()]


def described() -> list[Endpoint]:
    """The same, for those who only read it: types, documents and tests."""
    return endpoints(cast(Client, None), Settings())
