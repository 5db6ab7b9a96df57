"""What goes wrong, as exit codes and three short lines: what happened, the likely cause, the command that fixes it."""

import errno
import sys
from enum import IntEnum
from typing import NoReturn

import click

from mycoderai.schemas.errors import BrokerUnreachable, ConfigError, MycoderError, NoRoom
from mycoderai.schemas.failure import FailureCode


class ExitCode(IntEnum):
    """A contract: scripts branch on these numbers."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CANCELLED = 3
    AUTHENTICATION = 4
    NEEDS_PERSON = 5
    LIMIT_REACHED = 6
    UNREACHABLE = 7
    PENDING = 8
    INTERRUPTED = 130
    UNREAD = 141
    """Whoever read our output went away; what a shell says of a program that dies of SIGPIPE."""
    TERMINATED = 143


_BY_STATUS = {"succeeded": ExitCode.OK, "failed": ExitCode.FAILED, "cancelled": ExitCode.CANCELLED}
_BY_FAILURE = {
    FailureCode.OUT_OF_TIME: ExitCode.LIMIT_REACHED,
    FailureCode.TURN_LIMIT: ExitCode.LIMIT_REACHED,
    FailureCode.BUDGET: ExitCode.LIMIT_REACHED,
    FailureCode.UNKNOWN_MODEL: ExitCode.USAGE,
    FailureCode.UNKNOWN_ROLE: ExitCode.USAGE,
    FailureCode.BAD_SUBMISSION: ExitCode.USAGE,
    FailureCode.MODEL_AUTH: ExitCode.AUTHENTICATION,
}


NOTHING_STORED = "the broker takes nothing just now, and nothing was stored"


def exit_code_of(status: str, failure: FailureCode | None = None) -> ExitCode:
    """What a command that waited for a run returns."""
    if status == "failed" and failure in _BY_FAILURE:
        return _BY_FAILURE[failure]
    return _BY_STATUS.get(status, ExitCode.FAILED)


class CliError(MycoderError):
    """An error that knows its exit code; `cause` is the line between what happened and what helps."""

    def __init__(self, message: str, fix: str = "", *, cause: str = "", code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message, fix)
        self.cause = cause
        self.code = code


class OutputUnread(Exception):
    """Whoever read our output has gone away."""


def usage(message: str, fix: str = "", *, cause: str = "") -> CliError:
    return CliError(message, fix, cause=cause, code=ExitCode.USAGE)


def as_cli_error(error: BaseException) -> CliError | None:
    """The error as a person should see it; None for a bug."""
    match error:
        case CliError():
            return error
        case BrokerUnreachable():
            return CliError(error.message, error.fix, code=ExitCode.UNREACHABLE)
        case NoRoom():
            return CliError(NOTHING_STORED, error.fix, cause=error.message, code=ExitCode.LIMIT_REACHED)
        case ConfigError():
            return usage(error.message, error.fix)
        case MycoderError():
            about_input = _is_a(error, "mycoderai.broker.checkout", "RepositoryError")
            return CliError(error.message, error.fix, code=ExitCode.USAGE if about_input else ExitCode.FAILED)
        case click.UsageError():
            return usage(_sentence(error), _help_of(error))
        case click.ClickException():
            return CliError(error.format_message())
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            where = f" of {error.filename}" if error.filename else ""
            return CliError(f"the disk{where} is full", "free some space; --data DIR and TMPDIR name other folders")
        case BaseExceptionGroup():
            return as_cli_error(error.exceptions[0])
    if _is_a(error, "nats.errors", "Error"):
        message = f"the broker did not answer: {error or type(error).__name__}"
        return CliError(message, "mycoder doctor", code=ExitCode.UNREACHABLE)
    return None


def _is_a(error: BaseException, module: str, name: str) -> bool:
    # Not imported for the sake of this check: had the module not been loaded, the error could not have been raised.
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, getattr(loaded, name))


def show(error: CliError, *, color: bool = False) -> None:
    """On stderr, so that stdout holds data only."""
    head = click.style("error:", fg="red", bold=True) if color else "error:"
    lines = [f"{head} {_one_line(error.message)}"]
    if error.cause:
        lines.append(f"cause: {_one_line(error.cause)}")
    if error.fix:
        lines.append(f"fix:   {_one_line(error.fix)}")
    click.echo("\n".join(lines), err=True, color=color)


def show_bug(error: BaseException) -> None:
    click.echo(
        f"error: something unexpected happened: {type(error).__name__}: {_one_line(str(error))}\n"
        "cause: this is a defect in mycoder\n"
        "fix:   run it again with --debug and report what it prints",
        err=True,
    )


def leave(code: int) -> NoReturn:
    sys.exit(int(code))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(error: click.UsageError) -> str:
    return error.format_message().replace("\n", " ")


def _help_of(error: click.UsageError) -> str:
    return f"{error.ctx.command_path} --help" if error.ctx else "mycoder --help"
