"""The figures that have to be reached (issue 3), each with how it is told, and the table that shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure against its limit. ``at_most`` false: it has to be at least the limit."""

    what: str
    measured: float
    limit: float
    told: str = ""
    """The absolute values behind a ratio."""
    at_most: bool = True

    @property
    def reached(self) -> bool:
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    def plain(self) -> dict[str, object]:
        return {**asdict(self), "reached": self.reached}


FORCE = {"h264": 0.12, "av1": 0.10, "vp9": 0.035}
"""Wall against ``--force-keyframes-at-cuts``, a fresh process each."""
FORCE_CPU = 0.10
FORCE_WARM = {"h264": 0.10, "av1": 0.07, "vp9": 0.028}
INEXACT = {"h264": 0.33, "vp9": 0.33, "progressive": 0.33, "av1": 0.5, "hls": 0.9}
TUNED = {"h264": 0.16, "av1": 0.09, "vp9": 0.04}
BYTES, BYTES_BELOW_1_MBIT = 1.05, 1.10
REQUESTS = 6
COPIED = 0.92
PROOF = 0.1
"""Of a clip's wall: what the issue calls cheap."""
LONG = 1.1
WHOLE = 1.0
RSS_720P_MB, RSS_1080P_MB = 160.0, 260.0


def table(figures: Iterable[Figure]) -> str:
    """Markdown, for a terminal and for the README alike."""
    lines = ["| figure | measured | to reach | | |", "|---|---|---|---|---|"]
    for one in figures:
        sign = "≤" if one.at_most else "≥"
        lines.append(f"| {one.what} | {one.measured:.3g} | {sign} {one.limit:g} | {_mark(one)} | {one.told} |")
    return "\n".join(lines)


def _mark(figure: Figure) -> str:
    return "✓" if figure.reached else "✗"
