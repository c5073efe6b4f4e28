"""Messages between daemon and worker: what one side sends the other gets, and everything else is refused."""

from __future__ import annotations

import dataclasses
import enum
import json
import subprocess
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipferry.clip.http.network import Network
from clipferry.clip.model import Output
from clipferry.clip.video_choices import VideoChoices
from clipferry.jobs.job import Job
from clipferry.jobs.job_run import RunPlan, job_spec
from clipferry.jobs.worker import messages
from clipferry.jobs.worker.messages import FromWorker, ToWorker, decode_from_worker, decode_to_worker, encode
from clipferry.jobs.worker.pool import WorkerSpec
from clipferry.protocol.jobs import OutputParams, ProofInfo
from clipferry.protocol.videos import VideoInfo
from clipferry_host.frames import HEAD_BYTES, BadFrame

KINDS = [(kind, decode_to_worker) for kind in typing.get_args(ToWorker)]
KINDS += [(kind, decode_from_worker) for kind in typing.get_args(FromWorker)]
BY_NAME = pytest.mark.parametrize(("kind", "decode"), KINDS, ids=lambda value: getattr(value, "__name__", "?"))
ANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotation that a message has."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return st.one_of(*map(values, arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if origin in (dict, Mapping):
        return st.dictionaries(st.text(), values(arguments[1]), max_size=3)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: values(hints[field.name]) for field in dataclasses.fields(kind)})
    if issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    scalars: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(), int: st.integers(), bool: st.booleans(), type(None): st.none(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        Path: st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(Path),
    }  # fmt: skip
    return scalars[kind]


@BY_NAME
@ANY
@given(data=st.data())
def test_a_message_arrives_as_it_was_sent(kind: type, decode: Any, data: st.DataObject) -> None:
    message = data.draw(values(kind))
    assert decode(encode(message)[HEAD_BYTES:]) == message


@BY_NAME
@ANY
@given(data=st.data())
def test_a_field_of_another_type_is_refused(kind: type, decode: Any, data: st.DataObject) -> None:
    entry = json.loads(encode(data.draw(values(kind)))[HEAD_BYTES:])
    entry["message"][data.draw(st.sampled_from([*entry["message"], "unknown"]))] = [{"no": "field has this"}]
    with pytest.raises(BadFrame):
        decode(json.dumps(entry).encode())


@BY_NAME
@ANY
@given(data=st.data())
def test_a_message_that_lacks_a_field_is_refused(kind: type, decode: Any, data: st.DataObject) -> None:
    entry = json.loads(encode(data.draw(values(kind)))[HEAD_BYTES:])
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            del entry["message"][field.name]
            with pytest.raises(BadFrame):
                decode(json.dumps(entry).encode())


@ANY
@given(
    body=st.binary()
    | st.recursive(
        st.none() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["is", "message"]) | st.text(), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_other_bytes_are_refused(body: bytes) -> None:
    for decode in (decode_to_worker, decode_from_worker):
        with pytest.raises(BadFrame):
            decode(body)


def test_numbers_that_are_not_json_are_refused() -> None:
    body = b'{"is":"Progress","message":{"stage":"fetching","fraction":NaN}}'
    with pytest.raises(BadFrame):
        decode_from_worker(body)
    assert decode_from_worker(body.replace(b"NaN", b"0.5"))


def test_a_worker_gets_no_message_of_its_own_direction() -> None:
    with pytest.raises(BadFrame):
        decode_to_worker(encode(messages.Ready())[HEAD_BYTES:])


@pytest.mark.parametrize(
    ("ours", "shown"), [(VideoChoices, VideoInfo), (messages.Verification, ProofInfo), (Output, OutputParams)]
)
def test_what_crosses_from_the_worker_has_the_fields_of_the_protocol(ours: type, shown: Any) -> None:
    assert {field.name for field in dataclasses.fields(ours)} == shown.model_fields.keys()


@ANY
@given(data=st.data())
def test_every_output_option_of_the_protocol_reaches_the_pipeline(data: st.DataObject) -> None:
    """None of them is named on the way: an option that is added to both ends needs no change in between."""
    defaults = dict(OutputParams())
    hints = typing.get_type_hints(Output)
    chosen = {
        name: data.draw(values(hints[name]).filter(lambda value, default=default: value != default))
        for name, default in defaults.items()
    }
    job = Job("a", "https://a.test/", OutputParams.model_construct(**chosen), created_at=1.0, updated_at=1.0)
    plan = RunPlan(Path("clips"), WorkerSpec(Network(), Path("resolved")), "{title}", None, None, fresh=False)
    arrived = decode_to_worker(encode(job_spec(job, plan, Path("staging")))[HEAD_BYTES:])
    assert isinstance(arrived, messages.JobSpec)
    assert {name: getattr(arrived.request.output, name) for name in defaults} == chosen


def test_a_worker_loads_no_pydantic() -> None:
    code = "import sys, clipferry.jobs.worker.tasks; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
