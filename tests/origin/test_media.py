"""What is made is what was asked for: every picture, at its time, with its sound."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from origin import media, verify
from origin.media import Pack, pattern, sound
from origin.media.mpd import sidx_range

SECONDS = 6.0


@pytest.mark.parametrize("name", media.PICTURES)
def test_every_picture_of_the_matrix_is_there_once_and_in_time(name: str) -> None:
    webm = name.startswith("vp9")
    path = media.make(
        media.recipe(name, Pack.WEBM_FRONT if webm else Pack.MP4_END, seconds=SECONDS, sound="opus" if webm else "aac")
    )
    times = media.PICTURES[name].times(SECONDS)
    shown = verify.pictures(path)
    assert shown.faults(0, len(times) - 1) == []
    assert [pts for pts, _ in shown.seen] == pytest.approx(times, abs=0.0006)
    for offset in verify.av_offsets(path, dict(enumerate(times))):
        assert offset.sure > 0.9
        assert abs(offset.offset_s) < 0.0006


@pytest.mark.parametrize(
    "pack",
    [
        pack
        for pack in Pack
        if not pack.value.startswith("dash") and pack not in (Pack.HLS_JUMP, Pack.HLS_AES) and not pack.sound_only
    ],
)
def test_every_packing_holds_the_same_pictures_and_sound(pack: Pack) -> None:
    webm = pack in (Pack.WEBM_FRONT, Pack.WEBM_END)
    path = media.make(media.recipe("vp9" if webm else "h264", pack, seconds=SECONDS, sound="opus" if webm else "aac"))
    assert verify.pictures(path).faults(0, 179) == []
    assert verify.track(path).gaps == ()


def test_aes_segments_open_with_the_key_beside_them(tmp_path: Path) -> None:
    path = media.make(media.recipe("h264", Pack.HLS_AES, seconds=SECONDS))
    options = {"allowed_extensions": "ALL", "protocol_whitelist": "file,crypto,data"}
    with av.open(str(path), options=options) as container:
        assert len(list(container.decode(video=0))) == 180
    assert path.with_name("segment-000.ts").read_bytes()[:1] != b"\x47"


def test_a_jump_starts_the_clock_again_in_the_middle() -> None:
    path = media.make(media.recipe("h264", Pack.HLS_JUMP, seconds=12.0))
    assert path.read_text().count("#EXT-X-DISCONTINUITY\n") == 1
    seen = verify.pictures(path).seen
    assert [number for _, number in seen] == list(range(360))
    assert seen[180][0] == pytest.approx(seen[0][0])


@pytest.mark.parametrize("pack", [pack for pack in Pack if pack.value.startswith("dash")])
def test_dash_manifests_name_files_that_are_there(pack: Pack) -> None:
    path = media.make(media.recipe("h264", pack, seconds=SECONDS))
    text = path.read_text()
    address = {
        "dash-timeline": "<SegmentTimeline>",
        "dash-number": "$Number",
        "dash-list": "<SegmentURL media=",
        "dash-ranges": "mediaRange",
        "dash-base": "indexRange",
    }
    assert address[pack.value] in text
    assert len(list(path.parent.iterdir())) >= 3


def test_bare_sound_starts_at_zero_without_an_edit_list_and_in_step() -> None:
    path = media.make(media.recipe(None, Pack.FMP4, seconds=SECONDS, sound="aac-bare"))
    assert b"elst" not in path.read_bytes()
    heard = verify.track(path)
    position, sure = verify.sound_position(heard, 3.0, near_s=3.0)
    assert (heard.start_s, round(position, 4), sure > 0.9) == (0.0, 3.0, True)


def test_the_sidx_lies_in_front_and_its_end_is_the_first_fragment() -> None:
    path = media.make(media.recipe("h264", Pack.FMP4, seconds=SECONDS, sound=None))
    _, end = sidx_range(path)
    assert path.read_bytes()[end + 5 : end + 9] == b"moof"


def test_webm_cues_lie_where_the_packing_says() -> None:
    cues = bytes.fromhex("1c53bb6b")
    for pack, front in ((Pack.WEBM_FRONT, True), (Pack.WEBM_END, False)):
        content = media.make(media.recipe("vp9", pack, seconds=SECONDS, sound="opus")).read_bytes()
        cluster = content.index(bytes.fromhex("1f43b675"))
        # The SeekHead names the Cues as well: the last place is the element itself.
        assert (content.rfind(cues) < cluster) is front


def test_special_pictures_are_special() -> None:
    def nal_types(name: str) -> list[set[int]]:
        found = []
        with av.open(str(media.make(media.recipe(name, Pack.MP4_END, seconds=12.0)))) as container:
            for packet in container.demux(video=0):
                data, at, kinds = bytes(packet), 0, []
                while at + 4 < len(data):
                    size = int.from_bytes(data[at : at + 4], "big")
                    kinds.append(data[at + 4] & 31)
                    at += 4 + size
                found.append(kinds)
        return (
            [set(kinds) for kinds in found]
            if name != "h264-slices"
            else [{kinds.count(1) + kinds.count(5)} for kinds in found if kinds]
        )

    assert sum(5 in kinds for kinds in nal_types("h264")) == 3
    assert sum(5 in kinds for kinds in nal_types("h264-open-gop")) == 1
    assert sum(5 in kinds for kinds in nal_types("h264-intra-refresh")) == 1
    assert nal_types("h264-slices")[0] == {4}
    with av.open(str(media.make(media.recipe("h264-rotated", Pack.MP4_END, seconds=SECONDS)))) as container:
        assert next(container.decode(video=0)).rotation == 90


def test_a_damaged_number_is_unreadable_rather_than_wrong() -> None:
    luma = np.frombuffer(next(pattern.frames(320, 180, 1, first=1234)), np.uint8)[: 320 * 180].reshape(180, 320).copy()
    assert pattern.read_number(luma) == 1234
    smeared = luma.copy()
    smeared[:36, 160:176] = 128
    assert pattern.read_number(smeared) is None
    luma[18:36] = luma[:18]
    assert pattern.read_number(luma) is None


def test_sound_is_found_to_a_fraction_of_a_sample() -> None:
    piece = sound.reference(100_000, 9600)
    position, sure = sound.locate(piece, near=100_300, reach=1000)
    assert position == pytest.approx(100_000, abs=0.05)
    assert sure > 0.99
    _, elsewhere = sound.locate(piece, near=400_000, reach=1000)
    assert elsewhere < 0.3


@pytest.mark.parametrize("pack", [Pack.MP4_FRONT, Pack.MP4_END])
def test_an_edit_list_can_hide_the_beginning(pack: Pack) -> None:
    path = media.make(media.Recipe(12.0, pack, media.PICTURES["h264"], skip_s=7.5))
    pts, number = verify.pictures(path).seen[0]
    assert (number, abs(pts) < 0.001) == (225, True)
    assert verify.pictures(path, edit_lists=False).first == 150
    heard = verify.track(path)
    position, sure = verify.sound_position(heard, 1.0, near_s=8.5)
    assert abs(position - 8.5) < 0.001
    assert sure > 0.9


@pytest.mark.parametrize("pack", [Pack.MP4_FRONT, Pack.FMP4, Pack.TS, Pack.MKV])
def test_the_clock_can_start_late(pack: Pack) -> None:
    path = media.make(media.recipe("h264", pack, seconds=SECONDS, sound=None, start_s=3.0))
    first = verify.pictures(path).seen[0][0]
    assert first == pytest.approx({Pack.TS: 4.4}.get(pack, 3.0), abs=0.04)
