"""A frame that the clip's last frames refer to was not read, after a GOP too long to be decoded for verification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut, demuxer
from clipferry.clip.errors import VerificationFailed
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import source_references, verify_clip
from origin.media.foreign import foreign, moving, x264

MP4 = OutputKind.MP4
FILM = (*moving(25, 12), *x264("-bf", "3", "-g", "250", "-x264-params", "b-adapt=0:scenecut=0"))
END_S = 8.0
"""A P frame begins there, 200 after the keyframe; the three before it refer to it."""


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first reader of a source loses the frame at the end."""
    begun = demuxer.Reader.__init__
    opened: list[demuxer.Reader] = []

    def lossy(self: demuxer.Reader, *args: Any, **kwargs: Any) -> None:
        begun(self, *args, **kwargs)
        stream = self.video
        assert stream is not None
        if not opened:
            at = self.ticks(stream, END_S)
            self._demux = (p for p in self._demux if p.pts is None or abs(p.pts - at) * stream.time_base > 0.01)
        opened.append(self)

    monkeypatch.setattr(demuxer.Reader, "__init__", lossy)


def make(folder: Path, suffix: str) -> None:
    clip = folder / "clip.mp4"
    report = cut(
        CutRequest(LocalSource(foreign(f"film.{suffix}", *FILM)), None, start_s=0.0, end_s=END_S, target=clip, kind=MP4)
    )
    verify_clip(clip, report)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_an_intact_clip_passes(tmp_path: Path, suffix: str) -> None:
    make(tmp_path, suffix)


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_gap_in_frame_num_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """Also where the container stores no decode times. A decoder conceals missing references silently."""
    monkeypatch.setattr(source_references, "_decode_time_gaps", lambda *_: [])
    with pytest.raises(VerificationFailed) as raised:
        make(tmp_path, suffix)
    assert "built on" in raised.value.detail
