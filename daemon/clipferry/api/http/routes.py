"""REST routes: the service's methods for people and scripts. All of them run inside the guard (``guard.py``)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from ...clip.errors import InvalidOutput
from ...clip.model import OutputKind
from ...jobs.errors import BadRequest, JobNotFound
from ...permissions import Principal
from ...protocol.base import Empty, Message
from ...protocol.jobs import ClipCreateParams, Job, JobListParams, JobRef, JobRemoveParams, JobState, OutputParams
from ...protocol.methods import METHODS
from ...protocol.rest import DownloadAccepted, DownloadRequest, Status
from ...protocol.settings import Settings
from ...service import Service
from ..errors import NoSuchPath, NoToken
from ..tokens import Sessions
from ..validation import validated, validated_query
from .clip_response import clip_response
from .connection import has_key
from .guard import BODY, CALLER
from .messages import PlayLink, SessionRequest, SessionToken
from .openapi import openapi
from .responses import document, json_response


class Routes:
    """The handlers. They translate between HTTP and the service's methods."""

    def __init__(self, service: Service, sessions: Sessions, web_dir: Path) -> None:
        self._service, self._sessions, self._web_dir = service, sessions, web_dir

    def add_to(self, app: web.Application) -> None:
        """Every route but ``/events``."""
        add = app.router
        add.add_post("/download", self.download)
        add.add_get("/status/{file_id}", self.status)
        add.add_get("/video/{file_id}", self.video)
        add.add_post("/video/{file_id}/link", self.play_link)
        add.add_get("/play/{ticket}", self.play)
        add.add_get("/jobs", self.jobs)
        add.add_get("/jobs/{file_id}", self.job)
        add.add_delete("/jobs/{file_id}", self.remove)
        add.add_post("/api/{method}", self.call)
        add.add_post("/session", self.session)
        add.add_get("/health", self.health)
        add.add_get("/openapi.json", self.openapi)
        add.add_get("/", self.index)
        add.add_get("/assets/{path:.+}", self.asset)

    async def download(self, request: web.Request) -> web.Response:
        """``POST /download``: the short form of ``clip.create``."""
        asked = validated(DownloadRequest, request[BODY])
        params = ClipCreateParams(
            url=asked.url,
            start_time=asked.start_time,
            end_time=asked.end_time,
            whole=asked.whole,
            output=await self._output(request[CALLER], asked),
            item=asked.item,
            allow_private=asked.allow_private,
            again=asked.again,
        )
        job = await self._ask(request, "clip.create", params, Job)
        return json_response(DownloadAccepted(file_id=job.file_id), status=202)

    async def status(self, request: web.Request) -> web.Response:
        """``GET /status/{file_id}``: one job in short."""
        return json_response(status_of_job(await self._ask(request, "job.get", _job_ref(request), Job)))

    async def video(self, request: web.Request) -> web.StreamResponse:
        """``GET /video/{file_id}``: the finished file, whole or by ``Range`` (RFC 9110, 14)."""
        clip = await self._service.clip(_job_ref(request).file_id, request[CALLER])
        return await clip_response(request, clip, "attachment")

    async def play_link(self, request: web.Request) -> web.Response:
        """``POST /video/{file_id}/link``: an address for ``<video src>``, which cannot send a token."""
        file_id = _job_ref(request).file_id
        validated(Empty, request[BODY])
        caller = request[CALLER]
        await asyncio.to_thread((await self._service.clip(file_id, caller)).check)
        return json_response(PlayLink(url=f"/play/{self._sessions.new_ticket(caller.owner, file_id)}"))

    async def play(self, request: web.Request) -> web.StreamResponse:
        """``GET /play/{ticket}``: the file that the ticket was made for."""
        found = self._sessions.ticket_file(request.match_info["ticket"])
        if found is None:
            raise NoToken
        has_key(request)
        owner, file_id = found
        clip = await self._service.clip(file_id, Principal(owner, "person", "ticket"))
        return await clip_response(request, clip, "inline")

    async def jobs(self, request: web.Request) -> web.Response:
        """``GET /jobs``: a page of the history; ``states`` may stand several times."""
        query: dict[str, object] = dict(request.query)
        if "states" in query:
            query["states"] = request.query.getall("states")
        return json_response(
            await self._service.call("job.list", validated_query(JobListParams, query), caller=request[CALLER])
        )

    async def job(self, request: web.Request) -> web.Response:
        """``GET /jobs/{file_id}``: one job in full."""
        return json_response(await self._ask(request, "job.get", _job_ref(request), Job))

    async def remove(self, request: web.Request) -> web.Response:
        """``DELETE /jobs/{file_id}``: out of the history, with ``?delete_file=true`` from the disk as well."""
        params = validated_query(JobRemoveParams, {**request.query, "file_id": _job_ref(request).file_id})
        return json_response(await self._service.call("job.remove", params, caller=request[CALLER]))

    async def call(self, request: web.Request) -> web.Response:
        """``POST /api/{method}``: any method of the protocol, with its parameters as the body."""
        method = request.match_info["method"]
        if method not in METHODS:
            raise NoSuchPath("no_method", method=method[:40])
        params = validated(METHODS[method].params, request[BODY])
        return json_response(await self._service.call(method, params, caller=request[CALLER]))

    async def session(self, request: web.Request) -> web.Response:
        """``POST /session``: the code of a dashboard link, once, for the key of a tab."""
        token = self._sessions.redeem(validated(SessionRequest, request[BODY]).code)
        if token is None:
            raise NoToken("link_used")
        return json_response(SessionToken(token=token))

    async def health(self, request: web.Request) -> web.Response:
        """``GET /health``: whether the daemon answers, and which one it is."""
        hello = validated(METHODS["hello"].params, {"client": "script", "version": ""})
        return json_response(await self._service.call("hello", hello, caller=request[CALLER]))

    async def openapi(self, _request: web.Request) -> web.Response:
        """``GET /openapi.json``: these routes as an OpenAPI 3.1 document."""
        return document(openapi())

    async def index(self, _request: web.Request) -> web.StreamResponse:
        """``GET /``: the dashboard's page, which holds no data."""
        page = self._web_dir / "index.html"
        if not page.is_file():
            raise NoSuchPath("no_dashboard")
        return web.FileResponse(page)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """``GET /assets/…``: scripts, styles and fonts of the dashboard."""
        return web.FileResponse(await asyncio.to_thread(_inside, self._web_dir / "assets", request.match_info["path"]))

    async def _ask(self, request: web.Request, method: str, params: Message, kind: type[Job]) -> Job:
        answer = await self._service.call(method, params, caller=request[CALLER])
        assert isinstance(answer, kind), method
        return answer

    async def _output(self, caller: Principal, asked: DownloadRequest) -> OutputParams:
        if asked.output is not None:
            if asked.audio_only and not asked.output.kind.audio_only:
                raise InvalidOutput("audio_only")
            return asked.output
        if not asked.audio_only:
            return OutputParams()
        settings = await self._service.call("settings.get", Empty(), caller=caller)
        assert isinstance(settings, Settings)
        return settings.output if settings.output.kind.audio_only else OutputParams(kind=OutputKind.MP3)


def status_of_job(job: Job) -> Status:
    """Return a job as the answer to ``GET /status``."""
    done = job.state is JobState.DONE
    progress = job.progress
    return Status(
        file_id=job.file_id,
        ready=done and not job.file_missing,
        state=job.state,
        progress=1.0 if done else progress.fraction if progress else 0.0,
        stage=progress.stage if progress and not done else None,
        done_bytes=progress.done_bytes if progress else 0,
        total_bytes=progress.total_bytes if progress else None,
        speed_bps=progress.speed_bps if progress else None,
        eta_s=progress.eta_s if progress else None,
        recorded_s=progress.recorded_s if progress else None,
        recorded_bytes=progress.recorded_bytes if progress else None,
        file_name=job.file_name,
        size_bytes=job.size_bytes,
        error=job.error,
        proof=job.proof,
    )


def _job_ref(request: web.Request) -> JobRef:
    try:
        return validated(JobRef, {"file_id": request.match_info["file_id"]})
    except BadRequest:
        raise JobNotFound from None  # what cannot be an id is the id of no clip


def _inside(folder: Path, name: str) -> Path:
    """The file ``name`` below ``folder``, and nowhere else. Raises ``NoSuchPath``."""
    try:
        path = (folder / name).resolve()
        if path.is_file() and path.is_relative_to(folder.resolve()):
            return path
    except (OSError, ValueError):  # a name longer than names may be; a NUL in it
        pass
    raise NoSuchPath
