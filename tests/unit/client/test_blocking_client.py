"""Talking with the companion, over a real socket pair with a peer that says what the test tells it to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from clipferry.client.blocking_client import BlockingClient, NoCompanion
from clipferry.clip.errors import PrivateVideo
from clipferry.jobs.errors import JobNotFound
from clipferry.protocol.base import Empty
from clipferry.protocol.jobs import Job, JobRef
from clipferry.protocol.settings import Settings
from clipferry_host.frames import frame, read_frame

Peer = Callable[[dict[str, object]], list[object]]


@contextmanager
def talking_to(peer: Peer) -> Iterator[BlockingClient]:
    """A conversation with ``peer``, which gets each request and gives the messages to send; it hangs up on an empty list."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with theirs, suppress(OSError):
            while (raw := read_frame(theirs.recv)) is not None:
                messages = peer(json.loads(raw[4:]))
                if not messages:
                    return
                for message in messages:
                    theirs.sendall(frame(message))

    threading.Thread(target=serve, daemon=True).start()

    def close() -> None:
        ours.shutdown(socket.SHUT_RDWR)
        ours.close()

    with BlockingClient(ours.recv, ours.sendall, close) as talk:
        yield talk


REF = JobRef(file_id="0" * 26)


def test_what_a_newer_daemon_adds_is_left_out() -> None:
    """A command that is still of the version before the update, on answers, events and errors of the next one."""
    job = {
        **{"file_id": "1" * 26, "state": "done", "url": "https://v.example/", "created_at": 1.0, "updated_at": 2.0},
        **{"output": {"kind": "mp4", "speed": 2}, "newer": {"a": 1}},
        "proof": {"start_s": 1.0, "end_s": 2.0, "frames": 1, "copied_frames": 1, "path": "smart", "newer": 1},
    }

    def peer(request: dict[str, object]) -> list[object]:
        if request["method"] == "job.get":
            return [
                {"event": "moon.phase", "data": {"full": True}, "newer": 1},
                {"id": request["id"], "result": job, "newer": 1},
            ]
        error = {"code": "private_video", "message": "Words.", "hint": "A hint.", "newer": [1]}
        return [{"id": request["id"], "error": error}]

    with talking_to(peer) as talk:
        read = talk.ask("job.get", REF, Job)
        assert (read.file_id, read.output.kind, read.proof and read.proof.frames) == ("1" * 26, "mp4", 1)
        with pytest.raises(PrivateVideo):
            talk.ask("resolve", Empty(), Empty)
        event = talk.next_event(timeout_s=10)
        assert event is not None and event.event == "moon.phase"


def test_an_answer_is_matched_to_its_request_and_events_are_kept_for_later() -> None:
    event = {"event": "job.removed", "data": {"file_id": "1" * 26}}

    def peer(request: dict[str, object]) -> list[object]:
        return [event, {"id": 999, "result": {}}, {"id": request["id"], "result": {"name_template": "{title}"}}, event]

    with talking_to(peer) as talk:
        assert talk.ask("settings.get", Empty(), Settings).name_template == "{title}"
        heard = talk.events(timeout_s=10)
        assert [next(heard).event, next(heard).event] == ["job.removed", "job.removed"]


@pytest.mark.parametrize(("code", "kind"), [("private_video", PrivateVideo), ("job_not_found", JobNotFound)])
def test_an_error_becomes_the_kind_that_its_code_names(code: str, kind: type[Exception]) -> None:
    def peer(request: dict[str, object]) -> list[object]:
        return [{"id": request["id"], "error": {"code": code, "message": "Said there.", "hint": "Do this."}}]

    with talking_to(peer) as talk, pytest.raises(kind, match=r"Said there\."):
        talk.ask("job.cancel", REF, Empty)


def test_a_code_of_a_newer_companion_keeps_its_words() -> None:
    def peer(request: dict[str, object]) -> list[object]:
        return [{"id": request["id"], "error": {"code": "from_2031", "message": "Too early.", "hint": "Wait."}}]

    with talking_to(peer) as talk, pytest.raises(Exception, match=r"Too early\.") as raised:
        talk.ask("job.cancel", REF, Empty)
    assert getattr(raised.value, "hint", "") == "Wait."


def test_a_companion_that_hangs_up_is_noticed_at_once_and_stays_gone() -> None:
    with talking_to(lambda _: []) as talk:
        for _ in range(2):
            with pytest.raises(NoCompanion):
                talk.ask("job.cancel", REF, Empty, timeout_s=60)


def test_a_companion_that_says_nothing_is_not_waited_for_for_ever() -> None:
    said = [{"event": "job.removed", "data": {}}]
    with talking_to(lambda _: said) as talk, pytest.raises(NoCompanion, match="in time"):
        talk.ask("job.cancel", REF, Empty, timeout_s=0.2)


def test_a_host_that_cannot_start_the_daemon_says_so_in_words() -> None:
    said = {"code": "no_daemon", "message": "It stopped while it was starting.", "hint": "Run `clipferry doctor`."}
    event = {"event": "host.error", "data": said}
    with talking_to(lambda _: [event]) as talk, pytest.raises(NoCompanion, match="stopped while"):
        talk.hello("extension")
