"""Whatever a site wrote, and whatever an older version stored of it: every answer and event fits into its frame."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from clipferry.api.socket.frame_limit import answer_frame, event_frame
from clipferry.client.blocking_client import NoCompanion
from clipferry.clip.errors import of_code
from clipferry.clip.extract.info_dict import to_video
from clipferry.clip.video_choices import video_choices
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import Job
from clipferry.jobs.job_view import to_message
from clipferry.protocol.base import Message
from clipferry.protocol.envelope import Answer, Event
from clipferry.protocol.jobs import JobPage, JobState, OutputParams
from clipferry.protocol.methods import EVENTS, METHODS
from clipferry.protocol.videos import VideoInfo
from clipferry_host.frames import HEAD_BYTES, MAX_FRAME_BYTES

LONG = "\x1bé😀\ud800" * 500_000
"""Six bytes of JSON for each of its characters, and one that no JSON can carry."""
STORED = "\x1bé😀" * 500_000
OVER_THE_BROWSERS_LIMIT = 1 << 20


def filled(kind: Any, text: str) -> Any:
    """A value of an annotation with as much text in it as there can be."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return filled(arguments[0], text)
    if origin in (typing.Union, types.UnionType):
        return filled(arguments[0], text)
    if origin is typing.Literal:
        return arguments[0]
    if origin is Mapping:
        return {f"{number}{filled(arguments[0], text)}": filled(arguments[1], text) for number in range(60)}
    if origin in (list, tuple):
        return [filled(arguments[0], text[:2000])] * 60
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, Message):
        return filled_message(kind, text)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: filled(hints[field.name], text) for field in dataclasses.fields(kind)})
    return {str: text, bool: True, int: 20, float: 20.0}[kind]


def filled_message(model: type[Message], text: str) -> Message:
    """A message with ``text`` in all fields that take it; the others as they are by default or short."""
    values: dict[str, Any] = {}
    for name, annotation in typing.get_type_hints(model, include_extras=True).items():
        if name == "model_config":
            continue
        for value in (filled(annotation, text), "01m81hhr0b6sgerdwwmh8knpme", "ab", ["ab"], 2000, 2000.0):
            try:
                model.__pydantic_validator__.validate_assignment(model.model_construct(), name, value)
            except ValidationError as error:
                if any(one["loc"][:1] == (name,) and one["type"] != "frozen_instance" for one in error.errors()):
                    continue
            values[name] = value
            break
    return model.model_validate(values)


RESULTS = {method.result for method in METHODS.values()}


@pytest.mark.parametrize("model", sorted(RESULTS, key=lambda model: model.__name__))
def test_every_answer_fits(model: type[Message]) -> None:
    made = answer_frame(Answer(id=1, result=filled_message(model, STORED)))
    assert len(made) - HEAD_BYTES <= MAX_FRAME_BYTES < OVER_THE_BROWSERS_LIMIT
    assert b'"too_much"' not in made


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_fits(name: str) -> None:
    assert event_frame(Event(event=name, data=filled_message(EVENTS[name], STORED))) is not None


def test_a_page_of_history_of_an_older_version_is_shown_in_parts() -> None:
    failure = Failure("site_error", STORED, STORED, STORED)
    job = Job(
        id="01m81hhr0b6sgerdwwmh8knpme",
        url=STORED,
        output=OutputParams(),
        created_at=1.0,
        updated_at=1.0,
        state=JobState.FAILED,
        title=STORED,
        uploader=STORED,
        thumbnail_url=STORED,
        site=STORED,
        failure=failure,
        target=Path(STORED),
    )
    made = answer_frame(Answer(id=1, result=JobPage(jobs=[to_message(job)] * 200)))
    assert b'"file_id"' in made


MANY = LONG[:4000]
INFO = {
    "id": LONG,
    "title": LONG,
    "uploader": LONG,
    "description": LONG,
    "extractor_key": LONG,
    "upload_date": LONG,
    "webpage_url": f"https://video.example/{LONG}",
    "thumbnail": f"https://video.example/{LONG}",
    "duration": 1e5,
    "formats": [
        {
            "url": "https://video.example/a.mp4",
            "format_id": MANY + str(height),
            "ext": "mp4",
            "vcodec": MANY,
            "acodec": "mp4a.40.2",
            "height": height,
            "language": MANY,
            "dynamic_range": MANY,
        }
        for height in range(1, 3000)
    ],
    "chapters": [{"title": MANY, "start_time": at, "end_time": at + 1} for at in range(5000)],
    "subtitles": {
        f"{number}-{MANY}": [{"ext": "vtt", "url": "https://video.example/s", "name": MANY}] for number in range(9)
    },
}


def test_what_a_site_says_is_bounded_where_it_comes_in() -> None:
    video = to_video(INFO, "https://video.example/watch")
    assert len(video.title) <= 500
    assert len(video.id) <= 200
    assert video.webpage_url == "https://video.example/watch"
    assert video.thumbnail_url is None
    ids = [entry.id for entry in video.formats]
    assert len({*ids}) == len(ids), "cut, but told apart"
    shown = VideoInfo.model_validate(video_choices(video), from_attributes=True)
    made = answer_frame(Answer(id=1, result=shown))
    assert b'"qualities"' in made
    assert len(repr(video)) < 4 << 20


def test_two_long_ids_stay_two() -> None:
    one, other = (to_video({**INFO, "id": "x" * 5000 + end}, "https://video.example/") for end in "ab")
    assert one.id != other.id


def test_a_failure_is_bounded_whoever_made_it() -> None:
    for error in (
        NoCompanion("said", said=STORED, detail=STORED),
        of_code("site_error", sentence=STORED, hint=STORED, detail=STORED, params={"said": STORED}),
    ):
        assert max(len(error.sentence), len(error.hint)) <= 1000
        assert len(error.detail) <= 8000
        assert len(str(error.params["said"])) <= 300
