"""An isolated user account and its browsers, new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from e2e.chromium import Chromium
from e2e.desk import Desk
from e2e.screen import Screen
from origin import LocalInternet


@pytest.fixture
def desk(site: LocalInternet) -> Iterator[Desk]:
    with Desk(site) as here:
        yield here


@pytest.fixture
def chromium(desk: Desk, site: LocalInternet) -> Iterator[Chromium]:
    """Chromium with the extension, and the companion set up for its profile."""
    browser = Chromium(desk, site)
    desk.set_up(browser.profile)
    with browser:
        yield browser


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen() as here:
        yield here
