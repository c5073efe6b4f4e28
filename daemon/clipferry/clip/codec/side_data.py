"""Side data of decoded frames: display matrix, mastering display."""

from __future__ import annotations

from typing import cast

from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame


def _unnamed_type(kinds: type[Type], value: object) -> Type:
    """Return a member for a type that libav has and PyAV does not.

    PyAV returns no side data at all for a frame with such a type, as MV-HEVC (view ids) and Motion JPEG of cameras (Exif) have.
    """
    made = object.__new__(kinds)
    made._name_ = f"UNNAMED_{value}"
    made._value_ = value  # type: ignore[assignment]  # declared as a method of Enum
    return made


Type._missing_ = classmethod(_unnamed_type)  # type: ignore[assignment,method-assign]  # Enum's hook (docs.python.org, enum)


def side_data(frame: VideoFrame, kind: Type) -> bytes | None:
    """Return the bytes of libav's structure; ``None``: the frame has none of that type."""
    try:
        return bytes(cast(SideDataContainer, frame.side_data)[kind])
    except KeyError:
        return None
