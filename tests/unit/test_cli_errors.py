"""Exit codes and the three lines of an error."""

import asyncio
import errno

import click
import nats.errors
import pytest

from mycoderai.broker.repository import RepositoryError
from mycoderai.gateway.cli.errors import CliError, ExitCode, as_cli_error, exit_code_of, show
from mycoderai.schemas.errors import BrokerUnreachable, ConfigError, MycoderError
from mycoderai.schemas.failure import FailureCode


@pytest.mark.parametrize(
    ("status", "failure", "code"),
    [
        ("succeeded", None, 0),
        ("failed", FailureCode.BEYOND_MODEL, 1),
        ("failed", None, 1),
        ("failed", FailureCode.OUT_OF_TIME, 6),
        ("failed", FailureCode.TURN_LIMIT, 6),
        ("failed", FailureCode.UNKNOWN_MODEL, 2),
        ("failed", FailureCode.UNKNOWN_ROLE, 2),
        ("failed", FailureCode.MODEL_AUTH, 4),
        ("cancelled", FailureCode.CANCELLED, 3),
        ("something newer", None, 1),
    ],
)
def test_a_run_ends_with_the_documented_exit_code(status: str, failure: FailureCode | None, code: int) -> None:
    assert exit_code_of(status, failure) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MycoderError("m"), 1),
        (ConfigError("m"), 2),
        (RepositoryError("m", "f"), 2),
        (click.UsageError("m"), 2),
        (BrokerUnreachable("m"), 7),
        (nats.errors.TimeoutError(), 7),
        (OSError(errno.ENOSPC, "No space left on device"), 1),
        (CliError("m", code=ExitCode.NEEDS_PERSON), 5),
        (ExceptionGroup("g", [BrokerUnreachable("m")]), 7),
    ],
)
def test_every_known_error_has_its_exit_code(error: Exception, code: int) -> None:
    found = as_cli_error(error)
    assert found
    assert found.code == code


def test_a_defect_is_not_taken_for_a_known_error() -> None:
    assert as_cli_error(KeyError("x")) is None
    assert as_cli_error(asyncio.InvalidStateError()) is None
    assert as_cli_error(OSError(errno.EIO, "Input/output error")) is None


def test_an_error_is_three_short_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show(CliError("it\nbroke", "mend it", cause="it was dropped"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: it broke\ncause: it was dropped\nfix:   mend it\n"
