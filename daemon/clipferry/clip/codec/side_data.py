"""What a decoder tells beside a picture's points: which way up it is shown, on what display it was made."""

from __future__ import annotations

from typing import cast

from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame


def _unnamed_type(kinds: type[Type], value: object) -> Type:
    """A kind that libav knows and PyAV has no name for. PyAV gives no side data at all of a picture that has one such, as MV-HEVC
    (view ids) and Motion JPEG of cameras (Exif) have."""
    made = object.__new__(kinds)
    made._name_ = f"UNNAMED_{value}"
    made._value_ = value  # type: ignore[assignment]
    return made


Type._missing_ = classmethod(_unnamed_type)  # type: ignore[assignment,method-assign]


def side_data(frame: VideoFrame, kind: Type) -> bytes | None:
    """The bytes of libav's structure; ``None``: the picture has none of that kind."""
    try:
        return bytes(cast(SideDataContainer, frame.side_data)[kind])
    except KeyError:
        return None
