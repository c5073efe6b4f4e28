"""Mastering display and content light level metadata (SMPTE ST 2086, CTA-861.3): from a decoded frame to encoder options."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from .side_data import side_data

_MASTERING = struct.Struct("=20i2i")
"""libav's ``AVMasteringDisplayMetadata``: red, green, blue, white as x and y, then least and most luminance, each a fraction of two
numbers; then whether primaries are set, and whether luminance is."""
_CONTENT_LIGHT = struct.Struct("=2I")
"""``AVContentLightMetadata``: MaxCLL and MaxFALL, both in cd/m²."""


def options(frame: VideoFrame, encoder: str) -> Mapping[str, str]:
    """Return what to add to the encoder's ``…-params``; empty if the frame has no such metadata or the encoder no such option (H.264 and
    VP9, which HDR video is rarely coded in)."""
    if encoder == "libsvtav1":
        found = {"mastering-display": _mastering_display(frame, 1.0, 1.0), "content-light": _content_light_level(frame)}
    elif encoder == "libx265":
        found = {"master-display": _mastering_display(frame, 50000.0, 10000.0), "max-cll": _content_light_level(frame)}
    else:
        return {}
    return {name: value for name, value in found.items() if value is not None}


def _unpacked_side_data(frame: VideoFrame, kind: Type, layout: struct.Struct) -> tuple[int, ...] | None:
    data = side_data(frame, kind)
    return layout.unpack_from(data) if data is not None and len(data) >= layout.size else None


def _mastering_display(frame: VideoFrame, colour: float, luminance: float) -> str | None:
    """Return ``G(x,y)B(x,y)R(x,y)WP(x,y)L(most,least)`` in units of 1 / ``colour`` and 1 / ``luminance``."""
    values = _unpacked_side_data(frame, Type.MASTERING_DISPLAY_METADATA, _MASTERING)
    if values is None or not (values[20] and values[21]) or 0 in values[1:20:2]:
        return None
    ratios = [up / down for up, down in zip(values[0:20:2], values[1:20:2], strict=True)]
    red, green, blue, white = (_pair(ratios[at], ratios[at + 1], colour) for at in range(0, 8, 2))
    return f"G{green}B{blue}R{red}WP{white}L{_pair(ratios[9], ratios[8], luminance)}"


def _pair(one: float, other: float, unit: float) -> str:
    if unit == 1.0:
        return f"({one:.6g},{other:.6g})"
    return f"({round(one * unit)},{round(other * unit)})"


def _content_light_level(frame: VideoFrame) -> str | None:
    values = _unpacked_side_data(frame, Type.CONTENT_LIGHT_LEVEL, _CONTENT_LIGHT)
    return None if values is None or not values[0] else f"{values[0]},{values[1]}"
