"""How bright a film was made to be seen (SMPTE ST 2086, CTA-861.3), from a decoded picture to an encoder's options."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from .side_data import side_data

_MASTERING = struct.Struct("=20i2i")
"""libav's ``AVMasteringDisplayMetadata``: red, green, blue, white as x and y, then darkest and brightest, each a fraction of two
numbers; then whether colours are told, and whether light is."""
_CONTENT_LIGHT = struct.Struct("=2I")
"""``AVContentLightMetadata``: brightest point, brightest picture on average, both in cd/m²."""


def options(frame: VideoFrame, encoder: str) -> Mapping[str, str]:
    """What ``encoder`` has to be told beside its other ``…-params``; empty where the picture says nothing, or the encoder has
    no words for it (H.264 and VP9 are not what such films come in or go to)."""
    if encoder == "libsvtav1":
        said = {"mastering-display": _mastering_display(frame, 1.0, 1.0), "content-light": _content_light_level(frame)}
    elif encoder == "libx265":
        said = {"master-display": _mastering_display(frame, 50000.0, 10000.0), "max-cll": _content_light_level(frame)}
    else:
        return {}
    return {name: value for name, value in said.items() if value is not None}


def _unpacked_side_data(frame: VideoFrame, kind: Type, layout: struct.Struct) -> tuple[int, ...] | None:
    data = side_data(frame, kind)
    return layout.unpack_from(data) if data is not None and len(data) >= layout.size else None


def _mastering_display(frame: VideoFrame, colour: float, light: float) -> str | None:
    """``G(x,y)B(x,y)R(x,y)WP(x,y)L(most,least)`` in units of 1 / ``colour`` and 1 / ``light``."""
    told = _unpacked_side_data(frame, Type.MASTERING_DISPLAY_METADATA, _MASTERING)
    if told is None or not (told[20] and told[21]) or 0 in told[1:20:2]:
        return None
    values = [up / down for up, down in zip(told[0:20:2], told[1:20:2], strict=True)]
    red, green, blue, white = (_pair(values[at], values[at + 1], colour) for at in range(0, 8, 2))
    return f"G{green}B{blue}R{red}WP{white}L{_pair(values[9], values[8], light)}"


def _pair(one: float, other: float, unit: float) -> str:
    if unit == 1.0:
        return f"({one:.6g},{other:.6g})"
    return f"({round(one * unit)},{round(other * unit)})"


def _content_light_level(frame: VideoFrame) -> str | None:
    told = _unpacked_side_data(frame, Type.CONTENT_LIGHT_LEVEL, _CONTENT_LIGHT)
    return None if told is None or not told[0] else f"{told[0]},{told[1]}"
