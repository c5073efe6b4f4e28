"""A gap in the audio across the start: a container extends the duration of the packet before it, which plays no longer for that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import verify_clip
from engine import reference
from origin import verify
from origin.media.foreign import foreign, moving, x264

MP4, MKV, WEBM, M4A, OPUS = OutputKind.MP4, OutputKind.MKV, OutputKind.WEBM, OutputKind.M4A, OutputKind.OPUS
EDGE_S = 0.09
"""The longest frame, of ALAC: one may lie over an edge of the hole."""
NOISE = "anoisesrc=d=6:r=48000:seed=5:a=0.3,lowpass=f=3000"


def film(suffix: str, codec: str) -> tuple[Path, Path]:
    """Return a film whose audio lacks about 2.0 to 2.3 s, and the same with all of it."""
    coded = (*moving(25, 6), "-f", "lavfi", "-i", NOISE, *x264("-g", "50"), "-c:a", codec, "-b:a", "192k")
    whole = foreign(f"film.{suffix}", *coded)
    holed = foreign(f"film.{suffix}", "-i", str(whole), "-c", "copy", "-bsf:a", "noise=drop='between(pts*tb,2.0,2.29)'")
    return holed, whole


def loud(track: verify.Track, begin_s: float, end_s: float) -> bool:
    """Return whether there is audible audio."""
    first, last = (max(round((at_s - track.start_s) * 48000), 0) for at_s in (begin_s, end_s))
    return bool((np.abs(track.samples[first:last]) > 0.01).any())


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp4", "aac"),
        ("mkv", "aac"),
        ("ts", "aac"),
        ("mp4", "libopus"),
        ("mkv", "libopus"),
        ("mp4", "libmp3lame"),
        ("mkv", "ac3"),
        ("mp4", "alac"),
        ("mkv", "libvorbis"),
    ],
)
@pytest.mark.parametrize("kind", [MP4, MKV, WEBM, M4A, OPUS])
def test_the_audio_begins_where_the_gap_ends(tmp_path: Path, suffix: str, codec: str, kind: OutputKind) -> None:
    holed, whole = film(suffix, codec)
    alone = kind in (M4A, OPUS)
    for start_s in (2.01, 2.1, 2.25):
        clip = tmp_path / f"clip.{kind}"
        source = LocalSource(holed, origin_s=reference.decoded(holed)[0].at_s)
        pair = (None, source) if alone else (source, None)
        report = cut(CutRequest(*pair, start_s=start_s, end_s=4.0, target=clip, kind=kind))
        verify_clip(clip, report)
        zero_s = 0.0 if alone else reference.decoded.__wrapped__(clip)[0].at_s
        heard, all_of_it = verify.track(clip), verify.track(whole)
        begin_s = 0.5
        source_s = report.start_s + reference.decoded(whole)[0].at_s
        piece = heard.cut(zero_s + begin_s, 1.0)
        around = all_of_it.cut(source_s + begin_s - 0.2, 1.4)
        products = np.correlate(around, piece, "valid")
        late_s = int(np.argmax(products)) / 48000 - 0.2
        assert abs(late_s) < 0.002, (start_s, late_s)
        due_s = zero_s + 2.3 - report.start_s
        assert not loud(heard, zero_s + EDGE_S, due_s - EDGE_S), start_s
        assert loud(heard, due_s + EDGE_S, due_s + EDGE_S + 0.02), start_s
