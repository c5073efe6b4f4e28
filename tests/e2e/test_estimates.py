"""The size that the panel names, beside that of the file, for clips of a film that costs encoders what films cost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from e2e.chromium import Chromium, Hidden
from e2e.desk import Desk
from e2e.test_panel import open_panel
from origin.sites.youtube.films import Film

FILM = Film("REALFILM001", "A film", 60.0, itags=(134, 136, 247, 398, 140, 251), bit_rate=1_390_000)
URL = f"https://www.youtube.com/watch?v={FILM.id}"
UNITS = {"kB": 1e3, "MB": 1e6}


@dataclass(frozen=True)
class Piece:
    start: str
    end: str
    choice: str = "best"


PIECES = (
    Piece("0:00", "0:10"),
    Piece("0:00", "1:00"),
    Piece("0:11", "0:31"),
    Piece("0:12.4", "0:19.7"),
    Piece("0:05.3", "0:06.4"),
    Piece("0:13.1", "0:43"),
    Piece("0:20.1", "0:50.1"),
    Piece("0:31.7", "0:51.9"),
    Piece("0:00", "0:10", "h360"),
    Piece("0:11", "0:31", "h360"),
    Piece("0:12.4", "0:19.7", "h360"),
    Piece("0:20.1", "0:50.1", "h360"),
    Piece("0:00", "1:00", "h360"),
)


def choose(panel: Hidden, choice: str) -> None:
    panel.call(
        "format",
        f"function() {{ this.value = '{choice}'; this.dispatchEvent(new Event('change', {{ bubbles: true }})) }}",
    )


@pytest.mark.timeout(600)
def test_estimates_are_within_a_quarter_of_the_file(desk: Desk, chromium: Chromium) -> None:
    """The first format of a height is AV1 here, a third of what H.264 takes, which is what an MP4 is made of."""
    chromium.internet.add_film(FILM)
    chromium.internet.prepare(FILM.id)
    page = chromium.open(URL)
    panel = open_panel(page)
    panel.wait_until("format", "function() { return this.options[0].text }", "Best MP4 · 720p")
    shares: dict[Piece, float] = {}
    for number, piece in enumerate(PIECES, 1):
        if not panel.has("panel"):
            page.click(".clipferry-button")
        panel.type("start", piece.start)
        panel.type("end", piece.end)
        choose(panel, piece.choice)
        _, amount, unit = panel.text("estimate").split()
        panel.click("download")
        job = desk.finished(number)[-1]
        shares[piece] = float(amount) * UNITS[unit] / desk.clip(job).stat().st_size
    assert {piece: share for piece, share in shares.items() if abs(share - 1) > 0.25} == {}
