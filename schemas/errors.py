"""Errors, as a tree that first answers "retry or not".

MycoderError
├── TransientError            try again later
│   ├── BrokerUnreachable
│   ├── NoRoom                the broker takes nothing more until there is space
│   └── ServiceLost           a service stopped answering in the middle of a call
│       ├── ServiceDied       its supervisor says that its process has ended
│       └── Unserved          nobody serves the subject: the request reached nobody
├── PermanentError            trying again cannot help
│   ├── MalformedMessage
│   ├── RefusedError          a service answered with a Failure
│   └── ConfigError
├── Deaf                      this process no longer hears the broker: end, and be started again
├── Conflict                  somebody else appended first: read again, decide again
└── Fenced                    this attempt is no longer the current one: stop
"""

from mycoderai.schemas.failure import Failure


class MycoderError(Exception):
    """Base. `fix` is what a person can do about it, often a command; empty where nothing can be done."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class TransientError(MycoderError):
    pass


class BrokerUnreachable(TransientError):
    pass


class NoRoom(TransientError):
    """Nothing was stored: a stream or the disk below it is full, or no new runs are accepted because it nearly is."""


class ServiceLost(TransientError):
    pass


class ServiceDied(ServiceLost):
    pass


class Unserved(ServiceLost):
    pass


class PermanentError(MycoderError):
    pass


class MalformedMessage(PermanentError):
    pass


class ConfigError(PermanentError):
    pass


class RefusedError(PermanentError):
    """A service did not do what was asked, and says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, failure.fix)
        self.failure = failure


class Deaf(MycoderError):
    pass


class Conflict(MycoderError):
    pass


class Fenced(MycoderError):
    pass
