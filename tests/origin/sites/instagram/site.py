"""What www.instagram.com and its media hosts answer."""

from __future__ import annotations

from dataclasses import dataclass

from ...reply import Ask, Reply, missing


@dataclass
class Instagram:
    mode: str = "open"
    issue: int = 1

    def reset(self) -> None:
        self.mode = "open"

    def set_mode(self, mode: str) -> None:
        self.mode = mode

    async def __call__(self, ask: Ask) -> Reply:
        return missing()


class InstagramCdn:
    def __init__(self, site: Instagram) -> None:
        self._site = site

    async def __call__(self, ask: Ask) -> Reply:
        return missing()
