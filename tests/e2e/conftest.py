"""A fleet of its own for each test, one browser for all, a fresh tab for each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.cli_support import Mycoder
from tests.e2e.web_support import Tab, chromium, opened, set_up

CUT_OFF_S = 480
"""A test that hangs; most take a tenth of this on a loaded host."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(CUT_OFF_S))


@pytest.fixture
def mycoder(tmp_path: Path) -> Mycoder:
    return Mycoder(tmp_path / "home")


@pytest.fixture
def fleet(mycoder: Mycoder) -> Iterator[dict[str, Any]]:
    with mycoder.up() as ready:
        yield ready


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    set_up()
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    with opened(browser) as one:
        yield one


@pytest.fixture
def page(tab: Tab) -> Page:
    return tab.page
