"""Run yt-dlp in a child process, for ``clipferry clip``.

The child is forked first thing; it imports yt-dlp and queries the site while this process imports the sources, libav and the cutter.
That makes the time to the first byte a fifth shorter, and the process that cuts never loads yt-dlp. ``fork`` is safe because there
is one thread; without ``fork``, and whenever the child does not answer, the work is done in this process.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clip.extract.site_query import Query
    from .clip.model import Video

log = logging.getLogger(__name__)

_SWITCH_S = 0.0005
"""Interval of thread switches in the child: a tenth of the default."""


class Extraction:
    """The child process. A context manager; leaving it ends the child, whatever it does."""

    def __init__(self) -> None:
        """Raises ``OSError`` where a process cannot be had. There must be no other thread yet."""
        request_fd, requests = os.pipe()
        answers, answer_fd = os.pipe()
        parent = os.getpid()
        self._child = os.fork()
        if self._child == 0:
            os.close(requests)
            os.close(answers)
            _serve(parent, request_fd, answer_fd)
        os.close(request_fd)
        os.close(answer_fd)
        self._requests, self._answers, self._over = requests, answers, False

    def __enter__(self) -> Extraction:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the child, if it still runs."""
        if self._over:
            return
        self._over = True
        os.close(self._requests)
        os.close(self._answers)
        for kill in (os.killpg, os.kill):  # it leads its group soon after it begins
            with contextlib.suppress(ProcessLookupError):
                kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)

    def extract(self, query: Query) -> Video:
        """Query the site in the child; for one link."""
        from .clip.errors import of_fields  # noqa: PLC0415
        from .clip.extract.resolve_cache import video_from_json  # noqa: PLC0415
        from .clip.model import Step  # noqa: PLC0415

        request = {
            "url": query.url,
            "item": query.item,
            "network": query.network.to_json(),
            "cookies": query.cookie_file and str(query.cookie_file),
            "preferred": query.preferred,
        }
        answer = self._ask(request, query.before_request)
        if answer is None:
            log.warning("the process for yt-dlp gave no answer")
            from .clip.extract.query import ask  # noqa: PLC0415

            return ask(query)
        for name, level, text in answer["log"]:
            logging.getLogger(name).log(level, "%s", text)
        for step in answer["steps"]:
            query.on_step(step and Step(step))
        if failure := answer.get("failure"):
            raise of_fields(failure)
        return video_from_json(answer["video"])

    def _ask(self, request: dict[str, Any], before_answer: Callable[[], None]) -> dict[str, Any] | None:
        try:
            with open(self._requests, "w", encoding="utf-8", closefd=False) as line:
                line.write(json.dumps(request) + "\n")
            before_answer()
            with open(self._answers, "rb", closefd=False) as line:
                answer: dict[str, Any] = json.loads(line.read())
        except (OSError, ValueError):
            return None
        return answer


_begun: Extraction | None = None


def begin() -> None:
    """Start the child now, if this system can. To be called before anything else."""
    global _begun  # noqa: PLW0603 - one for the process: it is wanted before there is anything that could hold it
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            _begun = Extraction()


def begun() -> Extraction | None:
    """Return what ``begin`` started, once."""
    global _begun
    taken, _begun = _begun, None
    return taken


# In the child ---------------------------------------------------------------------------------------------------------


def _serve(parent: int, request_fd: int, answer_fd: int) -> None:
    """Prepare, answer one request, exit. Never returns: the child must not run the parent's code."""
    try:
        gc.disable()  # it ends soon
        os.setpgid(0, 0)  # Ctrl+C is the parent's, and what yt-dlp starts can be ended with this process
        from .system.memory_limit import limit_data  # noqa: PLC0415
        from .system.parent import die_with_all_children  # noqa: PLC0415

        limit_data()

        die_with_all_children(parent)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        answer = _answer(request_fd)
        with open(answer_fd, "wb") as line:
            line.write(json.dumps(answer).encode())
    finally:
        os._exit(0)  # no answer: the parent does it


def _answer(request_fd: int) -> dict[str, Any]:
    from .clip.errors import ClipError  # noqa: PLC0415

    records = _Records()
    logging.basicConfig(handlers=[records], level=logging.INFO)
    with contextlib.suppress(ClipError):  # the query raises it again
        _get_ready()
    from .clip.extract.query import ask  # noqa: PLC0415
    from .clip.extract.site_query import Query  # noqa: PLC0415
    from .clip.http.network import Network, guard_connections  # noqa: PLC0415
    from .clip.model import Step  # noqa: PLC0415

    with open(request_fd, encoding="utf-8") as line:
        request = json.loads(line.readline())
    network = Network.from_json(request["network"])
    guard_connections(network)
    cookies = Path(request["cookies"]) if request["cookies"] else None
    # The modules that convert the answer are imported while the site answers, in short slices.
    sys.setswitchinterval(_SWITCH_S)
    rest = threading.Thread(target=importlib.import_module, args=("clipferry.clip.extract.resolve_cache",), name="load")
    steps: list[Step | None] = []
    try:
        query = Query(
            request["url"],
            network,
            request["item"],
            cookies,
            preferred=request["preferred"] and Step(request["preferred"]),
            on_step=steps.append,
            before_request=functools.cache(rest.start),
        )
        video = ask(query)
    except ClipError as error:
        return {"failure": error.to_fields(), "steps": steps, "log": records.records}
    from .clip.extract.resolve_cache import video_to_json  # noqa: PLC0415

    return {"video": video_to_json(video), "steps": steps, "log": records.records}


def _get_ready() -> None:
    """Import the yt-dlp version in use."""
    from .clip.extract import ytdlp_adapter  # noqa: PLC0415
    from .system.paths import Paths  # noqa: PLC0415

    paths = Paths.from_environment(os.environ)
    if paths.engines.is_dir():
        from .ytdlp.versions import Versions  # noqa: PLC0415

        engine = Versions(paths.engines).in_use()
        if engine.folder is not None:
            ytdlp_adapter.use(engine.folder)
    ytdlp_adapter.warm_up()


class _Records(logging.Handler):
    """Collect log records for the parent's log."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.name, record.levelno, record.getMessage()))
