"""Files and modes over which the cutter is broken on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from clipferry.clip.cut import CutReport, CutRequest, cut
from clipferry.clip.model import CutMode, OutputKind
from clipferry.clip.verify import verify_clip
from engine.measure import film
from origin import media

MP4, WEBM, MKV = OutputKind.MP4, OutputKind.WEBM, OutputKind.MKV
FRONT, IN_WEBM, FMP4, TS = media.Pack.MP4_FRONT, media.Pack.WEBM_FRONT, media.Pack.FMP4, media.Pack.TS
EXACT, FAST, REENCODE = CutMode.EXACT, CutMode.FAST, CutMode.REENCODE

Fault = TypeVar("Fault")


class Case(NamedTuple):
    """A file and how it is cut. GOPs are five seconds long."""

    picture: str
    pack: media.Pack
    sound: str | None
    kind: OutputKind
    start_s: float
    end_s: float
    mode: CutMode = EXACT

    def __str__(self) -> str:
        return f"{self.picture}-{self.pack}-{self.kind}-{self.start_s}-{self.mode}"


HEADED = [
    Case("h264", FRONT, "aac", MP4, 4.6, 8.0),
    Case("h264-pyramid", TS, "aac", MP4, 4.6, 8.9),
    Case("hevc", FRONT, "aac", MP4, 4.6, 8.0),
    Case("vp9", IN_WEBM, "opus", WEBM, 4.6, 8.0),
    Case("av1", FMP4, "aac-bare", MP4, 4.6, 8.0),
]
"""With encoded frames in front of copied ones."""
COPIED = [
    Case("h264-pyramid", TS, "aac", MKV, 5.0, 8.9),
    Case("h264", FRONT, "aac", MP4, 5.0, 8.0),
    Case("vp9", IN_WEBM, "opus", MP4, 5.0, 8.0),
    Case("av1", FMP4, "aac-bare", MP4, 5.0, 8.0),
    Case("h264", FRONT, "aac", MP4, 6.3, 8.0, FAST),
]
ENCODED = [
    Case("h264", FRONT, "aac", MP4, 6.3, 8.0, REENCODE),
    Case("vp9", IN_WEBM, "opus", WEBM, 6.3, 7.3, REENCODE),
    Case("h264", FRONT, "aac", WEBM, 6.3, 7.3),
]
ENCODED_SOUND = [Case("h264", FRONT, "aac", WEBM, 6.3, 7.3), Case("h264-pyramid", TS, "aac", WEBM, 4.6, 5.9)]
COVERING = [*HEADED, COPIED[0], *ENCODED[:2]]
"""Each codec, each container of the source and of the clip, and each way of cutting, once or more."""
WITH_COPIES = [HEADED[0], COPIED[0], *HEADED[2:4], *COPIED[3:]]
"""The same, of clips with copied frames."""
WITH_ENCODED = [*HEADED, *ENCODED]
"""The same, of clips with encoded frames."""
COPIED_SOUND = [HEADED[0], COPIED[0], HEADED[3], COPIED[3]]
"""Each codec of audio and each container of the source and of the clip."""


def rotating(faults: Sequence[Fault], cases: Sequence[Case]) -> list[tuple[Case, Fault]]:
    """Return each case with one of the faults, in turn."""
    return [(case, faults[place % len(faults)]) for place, case in enumerate(cases)]


def make(case: Case, folder: Path) -> tuple[Path, CutReport]:
    clip = folder / f"clip.{case.kind}"
    source = film(case.picture, case.pack, case.sound).source()
    report = cut(
        CutRequest(source, None, start_s=case.start_s, end_s=case.end_s, target=clip, kind=case.kind, mode=case.mode)
    )
    verify_clip(clip, report)
    return clip, report
