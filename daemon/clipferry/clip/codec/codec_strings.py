"""Codec strings (RFC 6381) → codec names, and which container carries which codec."""

from __future__ import annotations

from ..model import OutputKind

_VIDEO = {
    "avc1": "h264", "avc3": "h264", "h264": "h264",
    "hev1": "hevc", "hvc1": "hevc", "hevc": "hevc", "h265": "hevc",
    "vp9": "vp9", "vp09": "vp9", "vp8": "vp8", "vp08": "vp8",
    "av01": "av1", "av1": "av1",
}  # fmt: skip
_AUDIO = {
    "mp4a": "aac", "aac": "aac", "opus": "opus", "vorbis": "vorbis", "mp3": "mp3", "flac": "flac",
    "ac-3": "ac3", "ec-3": "eac3", "alac": "alac",
}  # fmt: skip
CONTAINER_CODECS = {
    OutputKind.MP4: ({"h264", "hevc", "av1", "vp9"}, {"aac", "opus", "mp3", "ac3", "eac3", "flac", "alac"}),
    OutputKind.WEBM: ({"vp9", "av1", "vp8"}, {"opus", "vorbis"}),
    OutputKind.MKV: (set(_VIDEO.values()), set(_AUDIO.values())),
}
"""Per container the video and audio codecs that players support in it (WebM: webmproject.org/docs/container)."""


def family(codec: str | None) -> str | None:
    """Return the codec name, as ``h264`` for ``avc1.64001F`` and ``aac`` for ``mp4a.40.2``; ``None``: absent or unknown."""
    if codec is None:
        return None
    name = codec.lower().partition(".")[0]
    if name == "mp4a" and codec.lower() in ("mp4a.6b", "mp4a.69", "mp4a.40.34"):
        return "mp3"
    return _VIDEO.get(name) or _AUDIO.get(name)
