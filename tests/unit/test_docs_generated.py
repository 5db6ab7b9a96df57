"""The pages made from the code say what the code says. `make docs` writes them."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.group import COMMANDS
from mycoderai.schemas.events import AnyEvent
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_no_generated_page_is_stale() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "infra" / "docs.py"), "--check"], capture_output=True, text=True, timeout=110
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("event", AnyEvent.__args__, ids=lambda event: event.__struct_config__.tag)
def test_every_event_is_on_the_page_with_its_fields(event: type[msgspec.Struct]) -> None:
    """The list of events is public, so a page that forgets one is a defect even if the generator agrees with it."""
    tag = event.__struct_config__.tag
    _, _, rest = page("messages.md").partition(f"\n### {tag}\n")
    section = rest.partition("\n### ")[0]
    assert f'"kind": "{tag}"' in section
    for field in event.__struct_fields__:
        assert f"| `{field}` |" in section


def test_every_failure_code_is_on_the_page() -> None:
    for code in FailureCode:
        assert f"| `{code.value}` |" in page("messages.md")


def test_every_setting_is_on_the_page() -> None:
    for name in Settings.__struct_fields__:
        assert f"| `{name}` | `{PREFIX}{name.upper()}` |" in page("settings.md")


def test_every_command_and_exit_code_is_on_the_page() -> None:
    for name in COMMANDS:
        assert f"\n## mycoder {name}\n" in page("cli.md")
    for code in ExitCode:
        assert f"| {int(code)} |" in page("cli.md")
