"""Fragmented MP4 as other writers lay it out: the packets of a window are those that libav finds in the whole file."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from clipferry.clip.model import Window
from faults.reading import Bench
from origin import media
from origin.media import Pack
from origin.media.encode import run

LAYOUTS = {
    "no sidx": "+empty_moov+default_base_moof",
    "offsets from the file": "+empty_moov",
    "offsets from the data before": "+empty_moov+omit_tfhd_offset",
    "a sidx for each fragment": "+empty_moov+dash",
    "a fragment for each track": "+empty_moov+separate_moof+default_base_moof",
    "a sidx that is wrong": "+empty_moov+separate_moof+default_base_moof+dash+global_sidx",
    "the first fragment in the movie box": "+default_base_moof",
    "an edit list": "+delay_moov+default_base_moof",
}
WINDOWS = [(0.0, 2.0), (7.3, 10.6), (12.0, 13.0), (17.0, None)]

Packets = dict[bytes, tuple[str, float, bool]]


def packets(container: av.container.InputContainer, zero_s: float = 0.0) -> Packets:
    """Kind, presentation time and whether it is a key, by the packet's bytes."""
    return {
        bytes(one): (one.stream.type, float(one.pts * one.time_base) - zero_s, one.is_keyframe)
        for one in container.demux()
        if one.pts is not None and one.time_base is not None
    }


def needed(known: Packets, kind: str, start_s: float, end_s: float | None) -> set[bytes]:
    """From the last key by the start to the end."""
    own = [(at, key, data) for data, (of, at, key) in known.items() if of == kind]
    key_s = max((at for at, key, _ in own if key and at <= start_s + 0.0005), default=0.0)
    return {data for at, _, data in own if at >= key_s and (end_s is None or at < end_s - 0.0005)}


@pytest.mark.parametrize("flags", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout(bench: Bench, tmp_path: Path, flags: str) -> None:
    path = tmp_path / "media.mp4"
    whole = media.make(media.recipe("h264", Pack.MP4_FRONT, sound="aac"))
    run("-i", str(whole), "-c", "copy", "-f", "mp4", "-movflags", f"+frag_keyframe{flags}", str(path))
    with av.open(str(path)) as file:
        known = packets(file)
    assert len(known) > 1500
    source = bench.source(bench.site.publish(path), duration_s=20.0)
    try:
        for start_s, end_s in WINDOWS:
            window = Window(start_s, end_s)
            with source.open(window) as opened, av.open(opened.file, "r", format=opened.demuxer) as file:
                found = packets(file, opened.origin_s)
            assert all(abs(found[data][1] - known[data][1]) < 0.001 for data in found)
            for kind in ("video", "audio"):
                assert needed(known, kind, start_s, end_s) - found.keys() == set()
    finally:
        source.close()
