"""Where a recording ends: whole segments, all tracks alike, and never beyond a limit."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.container.hls.media_playlist import Init, Key, Segment
from clipferry.clip.model import Ended
from clipferry.clip.recording import Recording, RecordingLimits, Track, note
from clipferry.clip.source.segmented.playlist_log import PlaylistLog

lengths = st.lists(st.floats(0.5, 12.0), min_size=1, max_size=30)


def edges(parts: list[float]) -> list[tuple[float, float]]:
    at, found = 0.0, []
    for part in parts:
        found.append((at, at + part))
        at += part
    return found


def take_all(recording: Recording, track: Track, segments: list[tuple[float, float]]) -> float:
    """Take what may be taken; where that ends."""
    end = track.taken_s
    for start_s, end_s in segments:
        if end_s > track.taken_s:
            if not recording.may_take(track, start_s, end_s, 1000):
                break
            end = end_s
    return end


@given(lengths, lengths, st.integers(0, 30), st.integers(0, 30), st.integers(0, 4), st.integers(0, 4))
def test_tracks_of_other_segments_end_together(
    pictures: list[float], sounds: list[float], seen: int, heard: int, more_seen: int, more_heard: int
) -> None:
    """The sound reaches to where the pictures end, as far as it is there, and the pictures never beyond what both have, but for
    what had been taken already."""
    see, hear = edges(pictures), edges(sounds)
    recording = Recording()
    whole = {
        "see": see[min(seen + more_seen, len(see)) - 1][1],
        "hear": hear[min(heard + more_heard, len(hear)) - 1][1],
    }
    eye = Track(lambda: max(whole["see"], eye.taken_s), follows=False)
    ear = Track(lambda: max(whole["hear"], ear.taken_s), follows=True)
    recording.join(eye)
    recording.join(ear)
    recording.begin(0.0, None)
    before_eye = take_all(recording, eye, see[:seen])
    before_ear = take_all(recording, ear, hear[:heard])
    recording.stop(Ended.ASKED)
    limit = max(before_eye, before_ear, min(whole["see"], whole["hear"]))
    end_eye, end_ear = take_all(recording, eye, see), take_all(recording, ear, hear)
    assert before_eye <= end_eye <= limit + 0.001
    assert end_eye + 0.001 >= max(end for _, end in [(0, 0), *see] if end <= limit)
    assert end_ear + 0.001 >= min(end_eye, hear[-1][1])
    assert recording.end_s() == limit


@given(lengths, st.integers(1, 40))
def test_no_more_bytes_than_the_limit_and_no_segment_less(parts: list[float], limit_segments: int) -> None:
    recording = Recording(RecordingLimits(max_bytes=limit_segments * 1000))
    track = Track(lambda: 1e9, follows=False)
    recording.join(track)
    recording.begin(0.0, None)
    segments = edges(parts)
    take_all(recording, track, segments)
    assert recording.size_bytes == min(limit_segments, len(parts)) * 1000
    assert recording.stopped == (limit_segments < len(parts))
    assert recording.ended is (Ended.SIZE if limit_segments < len(parts) else None)


def test_a_second_look_counts_nothing_twice() -> None:
    recording = Recording(RecordingLimits(max_bytes=2500))
    track = Track(lambda: 0.0, follows=False)
    recording.join(track)
    recording.begin(0.0, None)
    for _ in range(3):
        assert recording.may_take(track, 0.0, 2.0, 1000)
        assert recording.may_take(track, 2.0, 4.0, 1000)
    assert (recording.size_bytes, recording.seconds) == (2000, 4.0)


def test_the_first_word_counts() -> None:
    recording = Recording()
    recording.over(Ended.BROADCAST)
    recording.stop(Ended.ASKED)
    recording.stop(Ended.SIZE)
    assert recording.ended is Ended.ASKED


def test_the_limit_of_length_or_the_end_that_was_asked_for() -> None:
    limits = RecordingLimits(max_s=100.0)
    assert Recording(limits).begin(10.0, None) == 110.0
    assert Recording(limits).begin(10.0, 50.0) == 50.0
    assert Recording(limits).begin(10.0, 500.0) == 110.0
    assert Recording().limits == RecordingLimits(6 * 3600.0, 20 * 10**9)


def test_what_a_person_is_told() -> None:
    limits = RecordingLimits()
    assert note(Ended.LENGTH, limits) == (
        "The recording ended at its limit of 6:00:00. The settings say how long one may be."
    )
    assert "20 GB" in str(note(Ended.SIZE, limits))
    assert note(Ended.ASKED, limits) is None
    assert note(None, limits) is None


# The playlist's log ---------------------------------------------------------------------------------------------------

keys = st.none() | st.builds(Key, st.text(), st.binary(min_size=16, max_size=16))
segments = st.builds(
    Segment,
    url=st.text(min_size=1),
    duration_s=st.floats(0, 60),
    sequence=st.just(0),
    section=st.integers(0, 9),
    byte_range=st.none() | st.tuples(st.integers(0, 99), st.integers(100, 999)),
    key=keys,
    init=st.none() | st.builds(Init, st.text(), st.none() | st.tuples(st.integers(0, 9), st.integers(10, 99)), keys),
)


def numbered(found: list[Segment], first: int) -> list[Segment]:
    return [one._replace(sequence=first + place) for place, one in enumerate(found)]


@given(st.lists(segments, min_size=1, max_size=8), st.integers(0, 10**6), st.integers(0, 400))
def test_a_log_that_was_torn_anywhere_is_a_beginning(
    tmp_path_factory: object, found: list[Segment], first: int, torn: int
) -> None:
    folder = Path(str(tmp_path_factory.mktemp("log")))  # type: ignore[attr-defined]  # pytest's own
    known = numbered(found, first)
    log = PlaylistLog(folder, "93")
    for segment in known:
        log.named([segment])
        log.taken(segment.sequence, 10)
    (path,) = folder.glob("playlist-*")
    data = path.read_bytes()
    path.write_bytes(data[: max(0, len(data) - torn)])
    left = PlaylistLog(folder, "93")
    assert left.segments() == known[: len(left.segments())]
    assert torn or left.segments() == known
    assert set(left.sizes) <= {segment.sequence for segment in left.segments()}
    missed = known[len(left.segments()) :]
    left.named(missed)
    assert PlaylistLog(folder, "93").segments() == known, "what follows a torn line is not lost with it"


def test_of_a_log_with_a_hole_only_the_beginning_counts(tmp_path: Path) -> None:
    known = numbered([Segment("u", 2.0, 0, 0)] * 5, 7)
    log = PlaylistLog(tmp_path, "93")
    log.named([*known[:2], *known[3:]])
    assert PlaylistLog(tmp_path, "93").segments() == known[:2]


def test_each_format_has_its_own(tmp_path: Path) -> None:
    PlaylistLog(tmp_path, "93").named([Segment("u", 2.0, 0, 0)])
    assert PlaylistLog(tmp_path, "94").segments() == []
    log = PlaylistLog(tmp_path, "94")
    assert log.small(Init("k")) is None
    log.keep_small(Init("k"), b"key")
    assert PlaylistLog(tmp_path, "94").small(Init("k")) == b"key"
    assert PlaylistLog(tmp_path, "93").small(Init("k")) is None
    log.says_sound_apart()
    assert PlaylistLog(tmp_path, "94").separate_audio
