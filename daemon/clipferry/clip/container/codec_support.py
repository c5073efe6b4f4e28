"""Table of the codecs that each container carries, and what another codec is encoded to."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import InvalidOutput
from ..model import OutputKind


class Container(NamedTuple):
    """A file format as libav muxes it. Codec names are libav's; the first encoder is what everything else becomes."""

    muxer: str
    video: frozenset[str] | None
    """Codecs that may be copied; ``None``: all."""
    audio: frozenset[str] | None
    video_encoder: str | None
    audio_encoder: str
    has_edit_lists: bool
    has_pixel_shapes: bool = False
    """Whether libav, as PyAV lets us ask it, writes down that points are not square."""
    has_attachments: bool = False

    def takes_video(self, codec: str) -> bool:
        return self.video is None or codec in self.video

    def takes_audio(self, codec: str) -> bool:
        return self.audio is None or codec in self.audio


_MP4_VIDEO = frozenset({"h264", "hevc", "av1", "vp9", "mpeg4"})
_MP4_AUDIO = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"})
_WEBM_VIDEO = frozenset({"vp8", "vp9", "av1"})
_NO_VIDEO: frozenset[str] = frozenset()

_CONTAINERS = {
    OutputKind.MP4: Container(
        "mp4", _MP4_VIDEO, _MP4_AUDIO, "libx264", "aac", has_edit_lists=True, has_pixel_shapes=True
    ),
    OutputKind.WEBM: Container(
        "webm", _WEBM_VIDEO, frozenset({"opus", "vorbis"}), "libvpx-vp9", "libopus", has_edit_lists=False
    ),
    OutputKind.MKV: Container("matroska", None, None, "libx264", "aac", has_edit_lists=False, has_attachments=True),
    OutputKind.M4A: Container("ipod", _NO_VIDEO, frozenset({"aac", "alac"}), None, "aac", has_edit_lists=True),
    OutputKind.OPUS: Container("opus", _NO_VIDEO, frozenset({"opus"}), None, "libopus", has_edit_lists=False),
}


def container_for(kind: OutputKind) -> Container:
    """Return the container that ``kind`` names.

    Raises:
        InvalidOutput: it is not one that the cut writes (MP3, FLAC, GIF and WebP are encoded from a cut elsewhere).
    """
    try:
        return _CONTAINERS[kind]
    except KeyError:
        raise InvalidOutput("not_cut", kind=kind.value) from None


# libav's decoder names that differ from the codec's
_CODEC_OF_DECODER = {
    "libdav1d": "av1",
    "libvpx-vp9": "vp9",
    "libvpx": "vp8",
    "libopus": "opus",
    "libvorbis": "vorbis",
    "mp3float": "mp3",
    "libaom-av1": "av1",
}


def codec_name(decoder: str) -> str:
    """Return the codec behind a libav decoder's name: ``libdav1d`` → ``av1``."""
    return _CODEC_OF_DECODER.get(decoder, decoder)
