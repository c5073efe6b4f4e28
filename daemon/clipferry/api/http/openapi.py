"""The REST routes as an OpenAPI 3.1 document, made from the protocol's own models (spec.openapis.org/oas/v3.1.1)."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ... import __version__
from ...protocol.base import Empty, FileId, Message
from ...protocol.envelope import HelloResult
from ...protocol.jobs import Job, JobListParams, JobPage, JobRemoveParams
from ...protocol.methods import METHODS
from ...protocol.rest import DownloadAccepted, DownloadRequest, Status
from .messages import Failure, PlayLink, SessionRequest, SessionToken

Json = dict[str, Any]

_ALWAYS = {
    400: "Not HTTP, or not JSON.",
    401: "No valid key.",
    403: "Sent by a web page, or a private address that was not allowed.",
    408: "The body came too slowly.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not application/json.",
    421: "Meant for another server.",
    422: "A field is missing, unknown or not right.",
    500: "A fault of ours.",
    503: "Busy, or closing.",
    504: "Not answered in time.",
}
_JOB = {404: "No such clip.", 409: "Not possible in the clip's state.", 410: "The file is gone."}
_WORK = {**_JOB, 502: "The site, or the way to it, failed.", 507: "The disk is full."}


@functools.cache
def openapi() -> Json:
    """The document; the same for every asker."""
    takes: list[type[Message]] = [DownloadRequest, SessionRequest, *(method.params for method in METHODS.values())]
    gives: list[type[Message]] = [*_ANSWERS, *(method.result for method in METHODS.values())]
    spoken: list[tuple[type[Message], JsonSchemaMode]] = []
    spoken += [(model, "validation") for model in takes]
    spoken += [(model, "serialization") for model in gives]
    refs, definitions = models_json_schema(list(dict.fromkeys(spoken)), ref_template="#/components/schemas/{model}")

    def operation(
        summary: str,
        takes: type[Message] | None = None,
        gives: type[Message] | None = None,
        *,
        status: int = 200,
        parameters: tuple[Json, ...] = (),
        failures: dict[int, str] = _ALWAYS,
    ) -> Json:
        schema: Json = refs[gives, "serialization"] if gives else {"type": "object"}
        failure = {"application/json": {"schema": refs[Failure, "serialization"]}}
        made: Json = {
            "summary": summary,
            "responses": {
                str(status): {"description": "As asked.", "content": {"application/json": {"schema": schema}}},
                **{
                    str(code): {"description": why, "content": failure} for code, why in {**_ALWAYS, **failures}.items()
                },
            },
        }
        if parameters:
            made["parameters"] = list(parameters)
        if takes:
            body = {"application/json": {"schema": refs[takes, "validation"]}}
            made["requestBody"] = {"required": True, "content": body}
        return made

    def file(summary: str) -> Json:
        made = operation(summary, parameters=(_FILE_ID,), failures=_JOB)
        whole = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        media = {"*/*": whole["application/octet-stream"]}
        made["responses"] |= {
            "200": {"description": "The whole file.", "content": media},
            "206": {"description": "The ranges that were asked for.", "content": media},
            "304": {"description": "Not changed since."},
            "412": {"description": "Changed since."},
            "416": {"description": "No such range."},
        }
        return made

    one = (_FILE_ID,)
    paths: Json = {
        "/download": {"post": operation("Take a clip.", DownloadRequest, DownloadAccepted, status=202, failures=_WORK)},
        "/status/{file_id}": {"get": operation("How far a clip is.", None, Status, parameters=one, failures=_JOB)},
        "/video/{file_id}": {"get": file("The finished file."), "head": file("The finished file's size and name.")},
        "/video/{file_id}/link": {
            "post": operation("An address that plays the file.", Empty, PlayLink, parameters=one, failures=_JOB)
        },
        "/jobs": {"get": operation("A page of the history, newest first.", None, JobPage, parameters=_PAGE)},
        "/jobs/{file_id}": {
            "get": operation("One job in full.", None, Job, parameters=one, failures=_JOB),
            "delete": operation(
                "Take a job out of the history.", None, Empty, parameters=(_FILE_ID, *_REMOVE), failures=_WORK
            ),
        },
        "/health": {"get": operation("Whether the daemon answers.", None, HelloResult)},
        "/openapi.json": {"get": operation("This document.")},
        "/session": {
            "post": {**operation("A dashboard link's code for a key.", SessionRequest, SessionToken), "security": []}
        },
        **{
            f"/api/{name}": {"post": operation(_summary(name), method.params, method.result, failures=_WORK)}
            for name, method in METHODS.items()
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "clipferry",
            "version": __version__,
            "description": "The companion on this computer. Its key is the token of `daemon.json` in the runtime folder. "
            "Times are seconds or H:MM:SS(.mmm). Live events: WebSocket `/events`, first message `{token}`.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _summary(method: str) -> str:
    takes = METHODS[method].params
    lines = (takes.__doc__ or "").strip().splitlines()
    return f"The method `{method}`." + (f" {lines[0]}" if lines and takes not in (Empty,) else "")


def _query(model: type[Message], name: str) -> Json:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")["properties"][name]
    return {"name": name, "in": "query", "required": False, "schema": schema}


_ANSWERS: tuple[type[Message], ...] = (DownloadAccepted, Status, PlayLink, SessionToken, Failure)
_FILE_ID: Json = {"name": "file_id", "in": "path", "required": True, "schema": TypeAdapter(FileId).json_schema()}
_REMOVE = tuple(_query(JobRemoveParams, name) for name in ("delete_file", "trash"))
_PAGE = tuple(_query(JobListParams, name) for name in JobListParams.model_fields)
