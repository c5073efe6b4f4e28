"""``clipferry clip`` asks the site in a process of its own: what it answers, and what becomes of it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import CLIP, WATCH, CommandLine
from origin import LocalInternet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the work is done in one process")

ASK = """
import json, os, signal, sys
from clipferry import early_extraction as extraction
extraction.begin()
child = extraction.begun()
{first}
from clipferry.clip.errors import ClipError
from clipferry.clip.extract.resolve import Query
from clipferry.clip.http.network import Network
try:
    video = child.extract(Query(sys.argv[1], Network.from_environment(os.environ)))
    said = {{"title": video.title, "formats": len(video.formats)}}
except ClipError as error:
    said = {{"code": error.code, "sentence": error.sentence, "hint": error.hint, "detail": error.detail}}
child.end()
child.end()
said["here"] = "yt_dlp" in sys.modules
try:
    os.waitpid(-1, 0)
    said["left"] = True
except ChildProcessError:
    said["left"] = False
print(json.dumps(said))
"""


def ask(env: Mapping[str, str], url: str, *, killed: bool = False) -> dict[str, Any]:
    """What comes of one link; ``killed``: the process is gone before it can answer."""
    program = ASK.format(first="os.kill(child._child, signal.SIGKILL)" if killed else "")
    done = subprocess.run(
        [sys.executable, "-c", program, url], env=dict(env), capture_output=True, text=True, check=False
    )
    said = "the process for yt-dlp gave no answer\n" if killed else ""
    assert (done.returncode, done.stderr) == (0, said)
    return dict(json.loads(done.stdout))


def test_the_answer_is_the_same_and_this_process_stays_without_yt_dlp(cli: CommandLine) -> None:
    apart, here = ask(cli.env, CLIP), ask(cli.env, CLIP, killed=True)
    assert (apart.pop("here"), here.pop("here")) == (False, True)
    assert apart == here
    assert apart["title"] == "Fixture clip"
    assert not apart["left"]


def test_a_refusal_is_the_same(cli: CommandLine) -> None:
    url = f"{WATCH}nothing-the"
    apart, here = ask(cli.env, url), ask(cli.env, url, killed=True)
    assert (apart.pop("here"), here.pop("here")) == (False, True)
    assert apart == here
    assert apart["code"] == "removed_video"


def test_it_ends_with_the_command(cli: CommandLine) -> None:
    """However that ends: at once, or when the child is ready and waits (a second is long enough for most, and no harm else)."""
    waits = (
        "import os, time; from clipferry import early_extraction as extraction; "
        "extraction.begin(); print(extraction.begun()._child, flush=True); {}"
    )
    for end in ("os._exit(0)", "os.kill(os.getpid(), 9)", "time.sleep(1); os.kill(os.getpid(), 9)"):
        done = subprocess.run(
            [sys.executable, "-c", waits.format(end)], env=cli.env, stdout=subprocess.PIPE, text=True, check=False
        )
        assert gone(int(done.stdout)), end


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 31), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_clip_that_is_stopped_leaves_no_process(
    cli: CommandLine, site: LocalInternet, number: signal.Signals, code: int
) -> None:
    """While the site lets it wait."""
    site.fault("stall", path="/watch*", after_bytes=0)
    running = cli.start("clip", CLIP, "--start", "1", "--end", "2")
    site.wait_for("www.youtube.com")
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert children
    running.send_signal(number)
    assert running.wait(timeout=20) == code
    assert all(gone(int(child)) for child in children), "it would wait for the site for 15 s"
    running.communicate()


def gone(pid: int, patience_s: float = 8.0) -> bool:
    """Whether the process ends by itself, soon."""
    try:
        end = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([end], [], [], patience_s)[0])
    finally:
        os.close(end)
