"""Recording a broadcast, source and cut together: whole segments of every kind, whatever the site does while it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.clip.cut import CutReport, CutRequest, cut
from clipferry.clip.errors import NetworkError, NothingRecorded
from clipferry.clip.model import Delivery, Ended, MediaSource, OutputKind
from clipferry.clip.recording import Recording, RecordingLimits
from clipferry.clip.source.segmented import live
from clipferry.clip.verify import verify_clip
from faults.reading import QUICK, Bench
from origin import verify
from origin.client import get
from origin.sites.youtube.live import Broadcast

HLS = "application/vnd.apple.mpegurl"
SEGMENT = 150
"""Pictures in one: five seconds."""
_WHOLE: dict[str, str] = {}
"""The playlists as the site has them, before a test puts its own there."""


def broadcast(
    bench: Bench, pack: str, picture: str | None = "h264", sound: str | None = "aac", **how: int | bool
) -> str:
    """The URL of a playlist of four segments, of which there are so far as many as ``how`` says."""
    url = bench.media(picture, pack, sound)
    if url not in _WHOLE:
        _WHOLE[url] = get(bench.site, url).read().decode()
    text = Broadcast(**how).playlist(_WHOLE[url]).replace("TARGETDURATION:5", "TARGETDURATION:1")
    return bench.site.put(url, text, content_type=HLS)


def source(
    bench: Bench, url: str, recording: Recording, pack: str = "hls-ts", beside: MediaSource | None = None
) -> MediaSource:
    container = "mp4" if "fmp4" in pack else "mpegts"
    return bench.source(url, Delivery.HLS, container, recording=recording, beside=beside)


def begun(limits: RecordingLimits | None = None) -> Recording:
    recording = Recording(limits or RecordingLimits())
    recording.begin(0.0, None)
    return recording


def when_recorded(recording: Recording, seconds: float, do: Callable[[], object]) -> None:
    """``do``, once, as soon as so much has been recorded."""

    def look(recorded_s: float, _bytes: int) -> None:
        if recorded_s >= seconds:
            recording.on_progress = lambda _seconds, _bytes: None
            do()

    recording.on_progress = look


def record(video: MediaSource, sound: MediaSource | None, target: Path, start_s: float = 0.0) -> CutReport:
    """As the engine does it: to the end, which nobody knows, and proved."""
    try:
        report = cut(
            CutRequest(video, sound, start_s=start_s, end_s=3600.0, target=target, kind=OutputKind.MP4, open_end=True)
        )
    finally:
        for one in (sound, video):
            if one is not None:
                one.close()
    verify_clip(target, report)
    return report


@pytest.mark.parametrize("pack", ["hls-ts", "hls-fmp4", "hls-aes", "hls-ranges-ts", "hls-ranges-fmp4"])
def test_what_was_recorded_can_be_finished_where_nothing_answers_any_more(
    bench: Bench, tmp_path: Path, pack: str
) -> None:
    """Stopped once, which gives a file; and once more from what lies on the disk, with a site that is gone."""
    recording = begun()
    when_recorded(recording, 14.9, lambda: recording.stop(Ended.ASKED))
    first, again = tmp_path / "first.mp4", tmp_path / "again.mp4"
    record(source(bench, broadcast(bench, pack, segments=3), recording, pack), None, first, 1.0)
    assert verify.pictures(first).faults(30, 3 * SEGMENT - 1) == []
    bench.site.fault("status", path="*", status=500, times=0)
    gone = begun()
    gone.stop(Ended.ASKED)
    record(source(bench, bench.site.media_url("h264", pack), gone, pack), None, again, 1.0)
    assert again.read_bytes() == first.read_bytes()


def test_pictures_do_not_run_on_without_their_sound(bench: Bench, tmp_path: Path) -> None:
    """Eight seconds of sound, twenty of pictures: those that were taken by then stay, and no more."""
    recording = begun()
    pictures = source(bench, broadcast(bench, "hls-ts", sound=None, segments=4), recording)
    sound = source(bench, broadcast(bench, "hls-ts", picture=None, segments=2), recording, beside=pictures)
    target = tmp_path / "clip.mp4"
    when_recorded(recording, 7.5, lambda: recording.stop(Ended.ASKED))
    record(pictures, sound, target)
    seen, heard = verify.pictures(target), verify.track(target)
    assert seen.faults(0, seen.last or 0) == []
    assert seen.last in (SEGMENT - 1, 2 * SEGMENT - 1)
    assert heard.gaps == ()
    assert 4.9 < heard.end_s <= ((seen.last or 0) + 1) / 30 + 0.03


def test_sound_that_goes_on_is_cut_where_the_pictures_end(bench: Bench, tmp_path: Path) -> None:
    recording = begun()
    pictures = source(bench, broadcast(bench, "hls-ts", sound=None, segments=2, ended=True), recording)
    sound = source(bench, broadcast(bench, "hls-ts", picture=None, segments=4), recording, beside=pictures)
    target = tmp_path / "clip.mp4"
    record(pictures, sound, target)
    assert verify.pictures(target).faults(0, 2 * SEGMENT - 1) == []
    assert abs(verify.track(target).end_s - 10.0) < 0.03


def test_sections_are_told_apart_where_the_playlist_has_forgotten_where_they_began(
    bench: Bench, tmp_path: Path
) -> None:
    """A clock that jumps in the middle; by the time the last segment comes, the playlist names no discontinuity any more."""
    recording = begun()
    url = broadcast(bench, "hls-jump", segments=3)
    when_recorded(recording, 14.9, lambda: broadcast(bench, "hls-jump", segments=4, window=2, ended=True))
    target = tmp_path / "clip.mp4"
    record(source(bench, url, recording), None, target)
    assert recording.ended is Ended.BROADCAST
    assert verify.pictures(target).faults(0, 4 * SEGMENT - 1) == []


def test_what_was_missed_ends_it(bench: Bench, tmp_path: Path) -> None:
    recording = begun()
    url = broadcast(bench, "hls-ts", segments=2)
    when_recorded(recording, 9.9, lambda: broadcast(bench, "hls-ts", segments=4, window=1))
    target = tmp_path / "clip.mp4"
    record(source(bench, url, recording), None, target)
    assert recording.ended is Ended.LOST
    assert verify.pictures(target).faults(0, 2 * SEGMENT - 1) == []


def test_a_segment_that_is_gone_ends_it(bench: Bench, tmp_path: Path) -> None:
    recording = begun()
    bench.site.fault("status", path="*segment-002*", times=0, status=404)
    target = tmp_path / "clip.mp4"
    record(source(bench, broadcast(bench, "hls-ts", segments=4), recording), None, target)
    assert recording.ended is Ended.LOST
    assert verify.pictures(target).faults(0, 2 * SEGMENT - 1) == []


def test_a_broadcast_that_stands_still_ends_it(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENT_S", (1.0, 1.5))
    recording = begun()
    target = tmp_path / "clip.mp4"
    alive: list[bool] = []
    recording.on_alive = lambda: alive.append(True)
    record(source(bench, broadcast(bench, "hls-ts", segments=2), recording), None, target)
    assert recording.ended is Ended.SILENT
    assert alive, "a worker that waits for a broadcast says that it lives"
    assert verify.pictures(target).faults(0, 2 * SEGMENT - 1) == []


def test_a_site_that_fails_for_a_while_is_waited_for(bench: Bench, tmp_path: Path) -> None:
    recording = begun()
    url = broadcast(bench, "hls-ts", segments=2)
    bench.site.fault("status", path="*index.m3u8", nth=2, times=QUICK.tries + 1, status=503)
    when_recorded(recording, 9.9, lambda: broadcast(bench, "hls-ts", segments=4, ended=True))
    target = tmp_path / "clip.mp4"
    record(source(bench, url, recording), None, target)
    assert recording.ended is Ended.BROADCAST
    assert verify.pictures(target).faults(0, 4 * SEGMENT - 1) == []


def test_a_site_that_fails_for_long_is_an_error_that_can_be_tried_again(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not an end: what is here is here, and the next attempt goes on behind it."""
    monkeypatch.setattr(live, "PATIENT_S", (1.0, 1.5))
    recording = begun()
    url = broadcast(bench, "hls-ts", segments=2)
    bench.site.fault("status", path="*index.m3u8", nth=2, times=0, status=503)
    with pytest.raises(NetworkError):
        record(source(bench, url, recording), None, tmp_path / "clip.mp4")
    assert recording.ended is None
    bench.site.mend()
    bench.site.fault("status", path="*segment-000*", times=0, status=404)
    target = tmp_path / "again.mp4"
    record(source(bench, broadcast(bench, "hls-ts", segments=4, window=2, ended=True), begun()), None, target)
    assert verify.pictures(target).faults(0, 4 * SEGMENT - 1) == []


def test_stopped_before_there_is_anything(bench: Bench, tmp_path: Path) -> None:
    recording = begun()
    url = broadcast(bench, "hls-ts", segments=2)
    bench.site.fault("hold", path="*segment-000*", times=0)
    recording.on_alive = lambda: None
    stream = source(bench, url, recording)
    stream.prepare()
    recording.stop(Ended.ASKED)
    with pytest.raises(NothingRecorded):
        record(stream, None, tmp_path / "clip.mp4")
    bench.site.release()
