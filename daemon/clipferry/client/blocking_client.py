"""Talking with the companion as its clients do: requests, answers and events in frames, over its socket or through its host.

For programs that wait for what they asked (the command line, ``doctor``, ``demo``). A thread reads, so that every wait has an
end, on pipes as well.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from clipferry_host.channel import open_channel
from clipferry_host.frames import HEAD_BYTES, BadFrame, frame, read_frame
from clipferry_host.private_dir import UnsafeDirectory
from clipferry_host.start import CannotStart, connect

from .. import __version__
from ..clip.errors import ClipError, add_texts, of_code
from ..jobs import errors as _job_errors  # noqa: F401  (makes its kinds known to of_code)
from ..protocol.base import Empty, Message
from ..protocol.envelope import ErrorInfo, Event, HelloParams, HelloResult
from ..ytdlp import errors as _update_errors  # noqa: F401  (the same)
from .error_texts import TEXTS

Result = TypeVar("Result", bound=Message)
ANSWER_WITHIN_S = 60.0
"""Longest wait for an answer: ``resolve`` sends requests to the site."""

add_texts(TEXTS)


class NoCompanion(ClipError):
    """Nobody answers at the daemon's socket, or the talk broke off."""

    code, exit_code = "no_companion", 60


class NoAnswer(NoCompanion):
    """The connection stands, and nothing came in time."""

    usual_reason = "no_answer"


class BlockingClient:
    """One connection to the daemon. A context manager; not for several threads.

    Args:
        read: gives some bytes, or none at the end (``socket.recv``, ``os.read``).
        write: takes all the bytes.
        close: ends the connection in both directions.
    """

    def __init__(
        self, read: Callable[[int], bytes], write: Callable[[bytes], object], close: Callable[[], None]
    ) -> None:
        self._read, self._write, self._close = read, write, close
        self._heard: queue.SimpleQueue[dict[str, object] | None] = queue.SimpleQueue()
        self._events: list[Event] = []
        self._last_id = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> BlockingClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._close()

    def hello(self, client: str = "cli") -> HelloResult:
        """The first request of a connection; events come from here on."""
        params = HelloParams.model_validate({"client": client, "version": __version__})
        return self.ask("hello", params, HelloResult, timeout_s=20)

    def ask(self, method: str, params: Message, result: type[Result], *, timeout_s: float = ANSWER_WITHIN_S) -> Result:
        """Ask one of ``protocol.METHODS`` and wait for its answer.

        Raises:
            ClipError: the companion's own answer, as the kind that its code names, or ``NoCompanion``.
        """
        self._last_id += 1
        request = {"id": self._last_id, "method": method, "params": params.model_dump(mode="json", exclude_unset=True)}
        try:
            self._write(frame(request))
        except OSError as error:
            raise NoCompanion(detail=str(error)) from error
        deadline = time.monotonic() + timeout_s
        while True:
            said = self._next(deadline)
            if "event" in said:
                self._keep(said)
            elif said.get("id") == self._last_id:
                if said.get("error") is not None:
                    raise as_error(ErrorInfo.model_validate(said["error"], extra="ignore"))
                return result.model_validate(said.get("result") or {}, extra="ignore")  # a newer daemon says more

    def events(self, *, timeout_s: float) -> Iterator[Event]:
        """Yield events as they come, those received meanwhile first.

        Raises:
            NoCompanion: nothing was received for ``timeout_s``, or the connection ended.
        """
        while True:
            while self._events:
                yield self._events.pop(0)
            said = self._next(time.monotonic() + timeout_s)
            if "event" in said:
                self._keep(said)

    def next_event(self, *, timeout_s: float) -> Event | None:
        """The next event; ``None`` where none came for ``timeout_s``.

        Raises:
            NoCompanion: the connection ended.
        """
        deadline = time.monotonic() + timeout_s
        while not self._events:
            try:
                said = self._next(deadline)
            except NoAnswer:
                return None
            if "event" in said:
                self._keep(said)
        return self._events.pop(0)

    def wait_closed(self, timeout_s: float) -> bool:
        """Wait until the other side hangs up; gives whether it did."""
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                self._next(deadline)
        except NoCompanion:
            return time.monotonic() < deadline

    def _keep(self, said: dict[str, object]) -> None:
        if said.get("event") == "host.error":
            raise as_error(ErrorInfo.model_validate(said["data"], extra="ignore"))
        self._events.append(Event.model_validate(said, extra="ignore"))

    def _next(self, deadline: float) -> dict[str, object]:
        try:
            said = self._heard.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise NoAnswer from None
        if said is None:
            self._heard.put(None)  # the end stays the end
            raise NoCompanion("hung_up")
        return said

    def _listen(self) -> None:
        with suppress(OSError, BadFrame, ValueError):  # each ends the session, which its reader is notified of
            while (raw := read_frame(self._read)) is not None:
                said = json.loads(raw[HEAD_BYTES:])
                if isinstance(said, dict):
                    self._heard.put(said)
        self._heard.put(None)


def as_error(said: ErrorInfo) -> ClipError:
    """The companion's error as the kind that its code names; an unknown code keeps its words."""
    code = NoCompanion.code if said.code == "no_daemon" else said.code
    return of_code(code, reason=said.reason, params=said.params, sentence=said.message, hint=said.hint)


def over_socket(env: Mapping[str, str] = os.environ, *, start: bool = True) -> BlockingClient:
    """Open a person's session with the daemon, which is started first if ``start`` and it is not running.

    Raises:
        NoCompanion: it is not running, or could not be started.
    """
    try:
        channel = connect(env) if start else open_channel(env)
    except CannotStart as error:
        raise NoCompanion("said", said=str(error)) from error
    except (OSError, UnsafeDirectory) as error:
        raise NoCompanion("unreachable", said=str(error)) from error
    if channel is None:
        raise NoCompanion("not_running")
    return BlockingClient(channel.recv, channel.sendall, channel.close)


def through_host(launcher: Path, caller: Sequence[str], env: Mapping[str, str] = os.environ) -> BlockingClient:
    """Open a session as a browser does: start the host with ``caller`` as its arguments and use its pipes.

    Raises:
        NoCompanion: the host could not be started.
    """
    try:
        host = subprocess.Popen(
            [str(launcher), *caller],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(env),
            bufsize=0,
        )
    except OSError as error:
        raise NoCompanion("host_not_started", detail=str(error)) from error
    stdin, stdout = host.stdin, host.stdout
    if stdin is None or stdout is None:  # cannot be, with PIPE
        raise NoCompanion
    read_from = stdout.fileno()

    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[stdin.write(rest) or 0 :]

    def close() -> None:
        with suppress(OSError):
            stdin.close()  # as a browser does when the port closes; the host ends by itself
        try:
            host.wait(5)
        except subprocess.TimeoutExpired:
            host.kill()
            host.wait()
        stdout.close()

    return BlockingClient(lambda size: os.read(read_from, size), write, close)


def stop_daemon(env: Mapping[str, str] = os.environ, *, within_s: float = 20.0) -> bool:
    """Ask the daemon to stop and wait until it has; gives whether one was running.

    Raises:
        NoCompanion: it did not stop in time.
    """
    try:
        talk = over_socket(env, start=False)
    except NoCompanion:
        return False
    with talk:
        talk.hello()
        with suppress(NoCompanion):  # it may hang up before its answer is read
            talk.ask("daemon.stop", Empty(), Empty, timeout_s=within_s)
        if not talk.wait_closed(within_s):
            raise NoCompanion(
                "did_not_stop",
            )
    return True
