"""A page in Firefox, patiently."""

from __future__ import annotations

import contextlib
from typing import Any

from marionette_driver.errors import TimeoutException

LOAD_S = 30.0
TRIES = 3


def load(driver: Any, url: str) -> None:
    """Load a page, and again where Firefox stops reading it: on a busy machine it now and then has all bytes of a page and does
    not parse the second half (153 ESR, headless, with an extension or without)."""
    driver.timeout.page_load = LOAD_S
    for _ in range(TRIES - 1):
        with contextlib.suppress(TimeoutException):
            driver.navigate(url)
            return
    driver.navigate(url)
