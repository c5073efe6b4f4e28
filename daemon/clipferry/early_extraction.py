"""yt-dlp in a process of its own, for ``clipferry clip``: begun with the command's first breath, it is imported and asks the site
while the reader, libav and the cutter are imported here. What a clip from nothing waits for before its first byte takes a fifth
less time so, and the process that cuts never holds yt-dlp.

Begun by ``fork``, which costs nothing and is safe where there is one thread; where there is no ``fork``, and whenever the child gives
no answer, the work is done in this process.
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
    from .clip.http.network import Network
    from .clip.model import Video

log = logging.getLogger(__name__)

_SWITCH_S = 0.0005
"""How long a thread of the child may keep another from its turn: a tenth of what is usual."""


class Extraction:
    """The child process. A context manager; leaving it ends the child, whatever it does."""

    def __init__(self) -> None:
        """Raises ``OSError`` where a process cannot be had. There must be no other thread yet."""
        hears, asks = os.pipe()
        answers, tells = os.pipe()
        parent = os.getpid()
        self._child = os.fork()
        if self._child == 0:
            os.close(asks)
            os.close(answers)
            _serve(parent, hears, tells)
        os.close(hears)
        os.close(tells)
        self._asks, self._answers, self._over = asks, answers, False

    def __enter__(self) -> Extraction:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End the child, if it is still there: the video is known."""
        if self._over:
            return
        self._over = True
        os.close(self._asks)
        os.close(self._answers)
        for kill in (os.killpg, os.kill):  # it leads its group soon after it begins
            with contextlib.suppress(ProcessLookupError):
                kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)

    def extract(
        self, url: str, item: int | None, network: Network, cookie_file: Path | None, meanwhile: Callable[[], None]
    ) -> Video:
        """See ``clip.resolve.resolve``; for one link."""
        from .clip.errors import of_code  # noqa: PLC0415
        from .clip.extract.resolve_cache import video_from_json  # noqa: PLC0415

        asked = {"url": url, "item": item, "network": network.to_json(), "cookies": cookie_file and str(cookie_file)}
        answer = self._ask(asked, meanwhile)
        if answer is None:
            log.warning("the process for yt-dlp gave no answer")
            from .clip.extract.query import ask  # noqa: PLC0415

            return ask(url, item, network, cookie_file, meanwhile)
        for name, level, text in answer["log"]:
            logging.getLogger(name).log(level, "%s", text)
        if failure := answer.get("failure"):
            raise of_code(**failure)
        return video_from_json(answer["video"])

    def _ask(self, asked: dict[str, Any], meanwhile: Callable[[], None]) -> dict[str, Any] | None:
        try:
            with open(self._asks, "w", encoding="utf-8", closefd=False) as line:
                line.write(json.dumps(asked) + "\n")
            meanwhile()
            with open(self._answers, "rb", closefd=False) as line:
                told: dict[str, Any] = json.loads(line.read())
        except (OSError, ValueError):
            return None
        return told


_begun: Extraction | None = None


def begin() -> None:
    """Start the child now, if this system can. To be called before anything else."""
    global _begun  # noqa: PLW0603 - one for the process: it is wanted before there is anything that could hold it
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            _begun = Extraction()


def begun() -> Extraction | None:
    """What ``begin`` started, once."""
    global _begun
    taken, _begun = _begun, None
    return taken


# In the child ---------------------------------------------------------------------------------------------------------


def _serve(parent: int, hears: int, tells: int) -> None:
    """Get ready, answer one question, end. Never returns: what this process has of the parent's is not its own."""
    try:
        gc.disable()  # it ends soon
        os.setpgid(0, 0)  # Ctrl+C is the parent's, and what yt-dlp starts can be ended with this process
        from .system.memory_limit import limit_data  # noqa: PLC0415
        from .system.parent import die_with_all_children  # noqa: PLC0415

        limit_data()

        die_with_all_children(parent)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        answer = _answer(hears)
        with open(tells, "wb") as line:
            line.write(json.dumps(answer).encode())
    finally:
        os._exit(0)  # no answer: the parent does it


def _answer(hears: int) -> dict[str, Any]:
    from .clip.errors import ClipError  # noqa: PLC0415

    said = _Records()
    logging.basicConfig(handlers=[said], level=logging.INFO)
    with contextlib.suppress(ClipError):  # asking says it again
        _get_ready()
    from .clip.extract.query import ask  # noqa: PLC0415
    from .clip.http.network import Network, guard_connections  # noqa: PLC0415

    with open(hears, encoding="utf-8") as line:
        asked = json.loads(line.readline())
    network = Network.from_json(asked["network"])
    guard_connections(network)
    cookies = Path(asked["cookies"]) if asked["cookies"] else None
    # What turns the answer into ours, and that into JSON, is loaded while the site answers, which must not wait for that long.
    sys.setswitchinterval(_SWITCH_S)
    rest = threading.Thread(target=importlib.import_module, args=("clipferry.clip.extract.resolve_cache",), name="load")
    try:
        video = ask(asked["url"], asked["item"], network, cookies, functools.cache(rest.start))
    except ClipError as error:
        failure = {"code": error.code, "sentence": error.sentence, "hint": error.hint, "detail": error.detail}
        return {"failure": failure | {"retry_after_s": getattr(error, "retry_after_s", None)}, "log": said.records}
    from .clip.extract.resolve_cache import video_to_json  # noqa: PLC0415

    return {"video": video_to_json(video), "log": said.records}


def _get_ready() -> None:
    """Import the yt-dlp that is in use."""
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
    """Keeps what is logged, for the parent's log."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.name, record.levelno, record.getMessage()))
