"""Draw the tray icon in its three states."""

from __future__ import annotations

from enum import Enum
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 64
"""Pixels; panels scale it down."""
_FILE = Path(__file__).with_name("clipferry.png")
_RING = (38, 132, 255, 255)
_TRACK = (128, 128, 128, 160)
_ATTENTION = (220, 38, 38, 255)
_WHITE = (255, 255, 255, 255)
_STEPS = 20
"""Steps of the ring: a picture is sent to the panel for each, and not for each percent."""


class IconState(Enum):
    """What the icon shows."""

    IDLE = "idle"
    BUSY = "busy"
    ATTENTION = "attention"


def progress_step(fraction: float) -> int:
    """``fraction`` (0 … 1) as the step of the ring that shows it, 0 … 20."""
    return round(min(max(fraction, 0.0), 1.0) * _STEPS)


@cache
def icon_image(state: IconState, step: int = 0) -> Image.Image:
    """The picture for ``state``, 64 by 64, RGBA.

    Args:
        step: of :func:`progress_step`, where it is busy.
    """
    with Image.open(_FILE) as source:
        logo = source.convert("RGBA")
    if state is IconState.IDLE:
        return logo.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    scale = 4  # drawn larger and scaled down: ImageDraw does not smooth edges
    canvas = Image.new("RGBA", (SIZE * scale, SIZE * scale))
    edge = SIZE * scale - 1
    draw = ImageDraw.Draw(canvas)
    if state is IconState.BUSY:
        inset = 11 * scale
        canvas.paste(logo.resize((edge - 2 * inset, edge - 2 * inset), Image.Resampling.LANCZOS), (inset, inset))
        width = 7 * scale
        draw.arc((0, 0, edge, edge), 0, 360, _TRACK, width)
        draw.arc((0, 0, edge, edge), -90, -90 + 360 * step / _STEPS, _RING, width)
    else:
        canvas.paste(logo.resize((edge, edge), Image.Resampling.LANCZOS))
        dot = 34 * scale
        left = edge - dot
        draw.ellipse((left, left, edge, edge), _ATTENTION)
        middle = left + dot // 2
        draw.rounded_rectangle(
            (middle - 3 * scale, left + 6 * scale, middle + 3 * scale, left + 20 * scale), 3 * scale, _WHITE
        )
        draw.ellipse((middle - 3 * scale, left + 23 * scale, middle + 3 * scale, left + 29 * scale), _WHITE)
    return canvas.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
