"""What all messages share: the model's base, limits, and the scalar types of their fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..clip.extract.links import tidy_link
from ..clip.timecode import parse as parse_time

PROTOCOL_VERSION = 1
OLDEST_PROTOCOL = 1
"""The oldest version that clients may speak."""


MAX_URL_CHARS = 4096


class Message(BaseModel):
    """Base of all that crosses a boundary: unknown fields are refused, values are not coerced into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _time(value: object) -> object:
    return parse_time(value) if isinstance(value, str | int | float) else value


def _link(value: object) -> object:
    # What is too long is not searched for a link: it is refused as it is.
    return tidy_link(value) if isinstance(value, str) and len(value) <= 2 * MAX_URL_CHARS else value


Time = Annotated[
    float,
    BeforeValidator(_time, json_schema_input_type=float | str),
    Field(description="Seconds, H:MM:SS(.mmm) or 1h2m3s, from the beginning of the video."),
]


def at_most(characters: int) -> AfterValidator:
    """Cut a text that a site, or an older version's history, may have made longer: a message always fits into a frame."""
    return AfterValidator(lambda text: text if len(text) <= characters else text[: characters - 1] + "…")


def first(count: int) -> AfterValidator:
    """Cut a list to its first entries, for the same reason."""
    return AfterValidator(lambda entries: entries[:count])


Title = Annotated[str, at_most(500)]
"""Of a video, its uploader, a chapter."""


Sentence = Annotated[str, at_most(1000)]


Word = Annotated[str, at_most(100)]
"""A name that a program gave: a site, a codec, a language."""


Key = Annotated[str, at_most(400)]


ShownUrl = Annotated[str, at_most(MAX_URL_CHARS)]


Url = Annotated[str, BeforeValidator(_link), Field(min_length=1, max_length=MAX_URL_CHARS)]


FileId = Annotated[
    str, Field(pattern=r"^[0-9a-z]{26}$", description="A job's id: a ULID in lower case, sortable by age.")
]


Language = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,35}$")]


class Empty(Message):
    """No parameters, or no result."""
