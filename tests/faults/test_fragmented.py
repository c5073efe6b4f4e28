"""Fragmented MP4 as other writers lay it out: the packets of a window are those that libav finds in the whole file."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import packets
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


@pytest.mark.parametrize("first", ["v", "a"])
@pytest.mark.parametrize("flags", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout(bench: Bench, tmp_path: Path, flags: str, first: str) -> None:
    """``first``: the track whose samples are stored first."""
    path = tmp_path / "media.mp4"
    whole = media.make(media.recipe("h264", Pack.MP4_FRONT, sound="aac"))
    run(
        "-i",
        str(whole),
        "-map",
        f"0:{first}",
        "-map",
        f"0:{'a' if first == 'v' else 'v'}",
        "-c",
        "copy",
        "-f",
        "mp4",
        "-movflags",
        f"+frag_keyframe{flags}",
        str(path),
    )
    known = packets.of_file(path)
    assert len(known) > 1500
    source = bench.source(bench.site.publish(path), duration_s=20.0)
    try:
        for start_s, end_s in WINDOWS:
            packets.assert_window(source, known, start_s, end_s)
    finally:
        source.close()


def test_of_a_server_that_does_not_tell_the_size(bench: Bench, tmp_path: Path) -> None:
    bench.site.fault("untold_size", path="/file/*", times=0)
    test_every_layout(bench, tmp_path, LAYOUTS["no sidx"], "v")
