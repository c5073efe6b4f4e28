"""Sample tables are read as libav reads them, sample by sample."""

from __future__ import annotations

import av
import pytest

from clipferry.clip.container.mp4 import boxes, movie_boxes
from clipferry.clip.container.mp4.sample_table import SampleTable
from origin import media
from origin.media import Pack


@pytest.mark.parametrize("number", [0, 1], ids=["pictures", "sound"])
def test_every_sample_of_a_track(number: int) -> None:
    path = media.make(media.recipe("h264", Pack.MP4_FRONT, sound="aac"))
    data = path.read_bytes()
    at = data.index(b"moov") - 4
    moov = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    table = SampleTable(moov, *boxes.find(moov, "moov/trak/mdia/minf/stbl")[number], movie_boxes.tracks(moov)[number])
    with av.open(str(path)) as file:
        index = file.streams[number].index_entries
        known = [
            (entry.pos, entry.size, entry.timestamp, entry.is_keyframe)
            for entry in map(index.__getitem__, range(len(index)))
        ]

    samples = list(table.samples(0, table.count))
    shift = samples[0].dts - known[0][2]  # what libav makes of the edit list
    assert [(one.offset, one.size, one.dts - shift, one.sync) for one in samples] == known
    assert number == 1 or sum(one.sync for one in samples) == 4
    assert list(table.samples(17, 42)) == samples[17:42]
    keys = [place for place, one in enumerate(samples) if one.sync]
    for place, one in enumerate(samples):
        assert table.sync_by(place) == max(key for key in keys if key <= place)
        assert table.decoded_by(one.dts) == place + 1
        assert table.decoded_by(one.dts - 1) == place
