"""Subtitles that mean harm cost the clip nothing; what cannot be had is said in the note."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable

import pytest

from clipferry.clip.errors import BadMedia, ClipError
from clipferry.clip.format_selection import make_plan
from clipferry.clip.http.network import Network
from clipferry.clip.model import (
    ClipRequest,
    CutMode,
    Delivery,
    Format,
    Live,
    Output,
    OutputKind,
    Subtitle,
    Verification,
    Video,
)
from clipferry.clip.omitted import omitted, with_note
from clipferry.clip.output.extras import Extras
from clipferry.clip.subtitles.cues import (
    MAX_CUES,
    Cue,
    TimestampMap,
    check_overlap,
    one_at_a_time,
    read_cues,
    read_segments,
    timestamp_map,
)

SIZE = 2_000_000
CUE = "00:01.000 --> 00:02.000\n"
HOSTILE: dict[str, tuple[str, Callable[[], str]]] = {
    "tags that do not end": ("vtt", lambda: "WEBVTT\n\n" + CUE + "<a" * (SIZE // 2)),
    "braces that do not end": ("srt", lambda: CUE.replace(".", ",") + "{\\" * (SIZE // 2)),
    "word times that do not end": ("vtt", lambda: "WEBVTT\n\n" + CUE + "<1" * (SIZE // 2)),
    "references that do not end": ("vtt", lambda: "WEBVTT\n\n" + CUE + "&" * SIZE),
    "a reference to no character": ("vtt", lambda: "WEBVTT\n\n" + CUE + "&#" + "9" * 100_000 + ";"),
    "blanks": ("vtt", lambda: "WEBVTT\n\n" + " " * SIZE + "-->"),
    "nothing but arrows": ("vtt", lambda: "WEBVTT\n\n" + "00:01.000 --> " * (SIZE // 14)),
    "cues without number": ("vtt", lambda: "WEBVTT\n\n" + (CUE + "x\n\n") * (SIZE // 28)),
    "json nested without end": ("json3", lambda: '{"events":' + "[" * SIZE),
    "json of numbers beyond measure": ("json3", lambda: json.dumps({"events": [{"tStartMs": 10**4000, "dDurationMs": 1, "segs": [{"utf8": "x"}]}]})),
    "json of infinity": ("json3", lambda: '{"events":[{"tStartMs":Infinity,"dDurationMs":NaN,"segs":[{"utf8":"x"}]}]}'),
    "xml nested without end": ("ttml", lambda: "<tt>" + "<p>" * (SIZE // 3)),
    "xml of nothing but lines": ("ttml", lambda: "<tt><body><div><p begin='1s' end='2s'>" + "<br/>" * (SIZE // 5) + "</p></div></body></tt>"),
    "xml of infinite rates": ("ttml", lambda: "<tt xmlns:a='x' a:frameRate='1e999' a:tickRate='nan'><p begin='5t' end='7f'>x</p></tt>"),
}  # fmt: skip


@pytest.mark.parametrize(("extension", "make"), HOSTILE.values(), ids=HOSTILE)
def test_no_subtitle_is_worth_more_than_a_moment(extension: str, make: Callable[[], str]) -> None:
    """What is quadratic takes longer than a test may."""
    with contextlib.suppress(BadMedia):
        assert len(read_cues(make().encode(), extension)) <= MAX_CUES


def test_cues_that_are_all_shown_at_once_are_refused() -> None:
    cues = [Cue(i / 1000, 1000 + i / 1000, f"line {i}") for i in range(20_000)]
    with pytest.raises(BadMedia):
        check_overlap(cues)
    kept = [Cue(float(i), i + 2.5, f"line {i}") for i in range(20_000)]
    check_overlap(kept)
    assert len(one_at_a_time(kept)) > 20_000


def video(*subtitles: Subtitle, live: Live = Live.NO) -> Video:
    formats = (Format("1", "https://m/1", Delivery.FILE, "mp4", "avc1.4d401e", "mp4a.40.2", 640, 360),)
    return Video("x", "y", "T", "https://v/", formats, 60.0, live=live, subtitles=subtitles)


def plan_for(output: Output, of: Video) -> object:
    return make_plan(ClipRequest("https://v/", 1.0, 2.0, output), of)


ENGLISH = Subtitle("en", "https://m/en.vtt", "vtt")
PROOF = Verification(1.0, 2.0, 30, 10, 0.0, "smart", streams=("h264", "aac"), width=640, height=360)


@pytest.mark.parametrize(
    ("output", "of", "said"),
    [
        (Output(subtitles=("en",)), video(ENGLISH), []),
        (Output(subtitles=("fr", "en", "x-y")), video(ENGLISH), ["“fr”, “x-y”; there are: en."]),
        (Output(subtitles=("fr",)), video(), ["The video has no subtitles in “fr”."]),
        (Output(OutputKind.MP3, subtitles=("en",)), video(ENGLISH), ["A MP3 file holds no subtitles."]),
        (Output(subtitles=("en",)), video(ENGLISH, live=Live.NOW), ["running broadcast"]),
        (Output(codec="av1"), video(), ["AV1 is not to be had", "H.264"]),
        (Output(codec="h264", max_height=360), video(), []),
        (Output(max_height=144), video(), ["has 360 lines"]),
        (Output(quality=20), video(), ["The quality was not used"]),
        (Output(quality=20, mode=CutMode.REENCODE), video(), []),
        (Output(OutputKind.M4A, codec="av1"), video(), ["sound alone"]),
    ],
)
def test_what_was_asked_for_and_is_not_there_is_said(output: Output, of: Video, said: list[str]) -> None:
    found = with_note(PROOF, omitted(plan_for(output, of), of, PROOF))  # type: ignore[arg-type]
    assert (found.note is None) == (not said)
    assert all(part in (found.note or "") for part in said), found.note


def test_a_note_that_is_there_stays() -> None:
    assert with_note(with_note(PROOF, ["One."]), ["Two.", "Three."]).note == "One. Two. Three."


def test_an_extra_that_fails_in_any_way_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for failure in (RuntimeError("ours"), MemoryError(), BadMedia("It is none."), ClipError()):

        def fail(*_: object, failure: Exception = failure, **__: object) -> bytes:
            raise failure

        monkeypatch.setattr("clipferry.clip.http.small_files.fetch_small", fail)
        of = video(ENGLISH)
        extras = Extras(plan_for(Output(subtitles=("en",)), of), of, Network(), lambda: False)  # type: ignore[arg-type]
        assert extras.texts() == []
        assert "“en”" in extras.problems()[0]


def test_what_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("clipferry.clip.output.extras._TEXT_WAIT_S", 0.3)
    monkeypatch.setattr("clipferry.clip.http.small_files.fetch_small", lambda *_, **__: over.wait(60) and b"")
    of = video(ENGLISH)
    extras = Extras(plan_for(Output(subtitles=("en",)), of), of, Network(), lambda: False)  # type: ignore[arg-type]
    assert extras.texts() == []
    assert extras.problems() == ["The subtitles in “en” are missing: they did not come in time."]
    over.set()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n", TimestampMap(900_000, 0.0)),
        ("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:01.500,MPEGTS:0\n\n", TimestampMap(0, 1.5)),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nX-TIMESTAMP-MAP=MPEGTS:1,LOCAL:00:00.000\n", None),
        ("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:x,LOCAL:y\n\n", None),
        ("WEBVTT", None),
    ],
)
def test_timestamp_maps(text: str, told: TimestampMap | None) -> None:
    assert timestamp_map(text) == told


def test_a_cue_in_two_segments_stands_once() -> None:
    one = b"WEBVTT\n\n00:05.000 --> 00:07.000\nHello\n"
    two = one + b"\n00:08.000 --> 00:09.000\nthere\n"
    assert read_segments([(one, lambda _: 0.0), (two, lambda _: 0.0)]) == [Cue(5, 7, "Hello"), Cue(8, 9, "there")]
