"""The values of a job that the database keeps as JSON: models of their own, apart from the protocol's, read tolerantly.

``output`` alone is stored by the protocol's field names, so that an option is added in one place; ``test_older_histories.py`` holds the names.

The file may have been written by an older or a newer version: an unknown field is ignored, a missing one has its default, and a
value that this version does not have (of an enumeration, or out of range) is left out. What is no such JSON at all raises
``ValueError``: the row is damaged. ``rows.changes`` keeps in the row what is ignored here.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ...clip.model import Progress, Stage
from ...protocol.jobs import OutputParams, ProofInfo
from ..failure import Failure
from ..job import FailureCounts, Staged

_Message = TypeVar("_Message", bound=BaseModel)


class _Stored(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StoredCounts(_Stored):
    """``jobs.tries``."""

    retries: int = 0
    crashes: int = 0
    expiries: int = 0
    refusals: int = 0


class StoredFailure(_Stored):
    """``jobs.failure``."""

    code: str
    sentence: str = ""
    hint: str = ""
    detail: str = ""
    retry_after_s: float | None = None
    site: str | None = None
    reason: str = ""
    params: dict[str, str | int | float] = {}
    advice: str = ""


class StoredFile(_Stored):
    """``jobs.staged``."""

    path: str
    name: str
    size_bytes: int
    origin_url: str | None = None


class StoredProof(_Stored):
    """``jobs.proof``."""

    start_s: float = 0.0
    end_s: float = 0.0
    frames: int = 0
    copied_frames: int = 0
    av_offset_s: float | None = None
    path: str = ""
    note: str | None = None
    streams: list[str] = []
    width: int | None = None
    height: int | None = None
    ended: str | None = None


class StoredProgress(_Stored):
    """``jobs.progress``."""

    stage: str = ""
    fraction: float = 0.0
    done_bytes: int = 0
    total_bytes: int | None = None
    speed_bps: float | None = None
    eta_s: float | None = None
    recorded_s: float | None = None
    recorded_bytes: int | None = None


# Both are frozen and nearly always one of a few texts.
@functools.lru_cache(maxsize=256)
def output(text: str) -> tuple[OutputParams, bool]:
    """Return the output, and whether this version knows all of its values. Kept as the protocol has it: an option is not named here."""
    stored = json.loads(text)
    if not isinstance(stored, dict):
        raise ValueError("an output is an object")  # noqa: TRY004 - the row is damaged
    given = {name: value for name in OutputParams.model_fields if (value := stored.get(name)) is not None}
    found = _without_unknown(OutputParams, given)
    return found, found.model_fields_set == given.keys()


@functools.lru_cache(maxsize=256)
def counts(text: str) -> FailureCounts:
    return FailureCounts(**dict(StoredCounts.model_validate_json(text)))


def failure(text: str) -> Failure:
    return Failure(**dict(StoredFailure.model_validate_json(text)))


def staged(text: str) -> Staged:
    stored = StoredFile.model_validate_json(text)
    return Staged(Path(stored.path), stored.name, stored.size_bytes, stored.origin_url)


def proof(text: str) -> ProofInfo:
    try:
        return ProofInfo.model_validate_json(text)  # nearly always, and four times as quick: there is one in every row
    except ValidationError:
        return _without_unknown(ProofInfo, dict(StoredProof.model_validate_json(text)))


def progress(text: str) -> Progress | None:
    """Return the progress; ``None``: its stage is none of this version's."""
    stored = dict(StoredProgress.model_validate_json(text))
    return Progress(**{**stored, "stage": Stage(stored["stage"])}) if stored["stage"] in [*Stage] else None


def output_text(value: OutputParams) -> str:
    return value.model_dump_json()


def counts_text(value: FailureCounts, before: str | None = None) -> str:
    """``before``: the text that this one replaces; the counts of a newer version in it stay."""
    counted = {name: getattr(value, name) for name in StoredCounts.model_fields}
    return json.dumps({**(json.loads(before) if before else {}), **counted})


def failure_text(value: Failure) -> str:
    return _text(StoredFailure, value)


def staged_text(value: Staged) -> str:
    return json.dumps(
        {"path": str(value.path), "name": value.name, "size_bytes": value.size_bytes, "origin_url": value.origin_url}
    )


def proof_text(value: ProofInfo) -> str:
    return StoredProof(**dict(value)).model_dump_json()


def progress_text(value: Progress) -> str:
    return StoredProgress(**asdict(value)).model_dump_json()


def _text(kind: type[_Stored], value: object) -> str:
    return json.dumps({name: getattr(value, name) for name in kind.model_fields})


def _without_unknown(kind: type[_Message], fields: Mapping[str, Any]) -> _Message:
    """Return the message of ``fields``; those whose value it refuses get their defaults. Raises ``ValueError`` where one has none."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        refused = {one["loc"][0] for one in error.errors(include_url=False, include_input=False)}
    return kind.model_validate({name: value for name, value in fields.items() if name not in refused})
