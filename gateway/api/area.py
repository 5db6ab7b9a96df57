"""What every part of the API stands on."""

from abc import ABC, abstractmethod

from nats.aio.client import Client

from mycoderai.gateway.api.endpoint import Endpoint
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.settings import Settings


class Area(ABC):
    """Endpoints that belong together, and their handlers."""

    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        self._nc = nc
        self._settings = settings
        self._memory = memory

    @abstractmethod
    def endpoints(self) -> list[Endpoint]: ...
