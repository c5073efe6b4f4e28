"""``clipferry clip`` of a running broadcast: the first Ctrl+C keeps, the second one throws away."""

from __future__ import annotations

import json
import signal
import subprocess

from cli.conftest import WATCH, CommandLine
from clipferry.clip.errors import Cancelled
from origin import LocalInternet, verify

LIVE = f"{WATCH}LLLLLLLLLL1"
PLAYLIST = "/api/manifest/hls_playlist/*/index.m3u8"


def recording(cli: CommandLine, site: LocalInternet, *arguments: str) -> subprocess.Popen[str]:
    """A run that has recorded the three segments that there are."""
    site.settings(live_segments=3)
    process = cli.start("clip", "--json", LIVE, *arguments)
    site.wait_for("manifest.googlevideo.com", PLAYLIST, requests=2)  # it looks for more
    return process


def test_ctrl_c_stops_the_recording_and_keeps_it(cli: CommandLine, site: LocalInternet) -> None:
    process = recording(cli, site, "--start", "0.5")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 0, err
    said = json.loads(out)
    assert "what has been recorded is kept" in err
    assert said["proof"]["ended"] == "asked"
    assert (said["start_s"], said["end_s"]) == (0.5, 6.0)
    assert cli.left_behind() == [said["path"]]
    assert said["path"].endswith("[0.00.500-0.06].mp4")
    assert verify.pictures(cli.downloads / said["path"]).faults(15, 179) == []


def test_a_second_ctrl_c_throws_it_away(cli: CommandLine, site: LocalInternet) -> None:
    process = recording(cli, site)
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    while "once more" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGSTOP)  # so that it cannot be done before
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate()
    assert process.returncode == Cancelled.exit_code
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert cli.left_behind() == []


def test_sigterm_throws_it_away_at_once(cli: CommandLine, site: LocalInternet) -> None:
    process = recording(cli, site)
    process.terminate()
    process.communicate()
    assert process.returncode == Cancelled.exit_code
    assert cli.left_behind() == []


def test_the_limits_of_the_settings_hold_here_too(cli: CommandLine, site: LocalInternet) -> None:
    config = cli.home / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "settings.json").write_text(json.dumps({"recording": {"max_s": 3.5}}))
    site.settings(live_segments=3)
    answer = cli.clip(LIVE)
    assert answer.code == 0
    assert answer.said["proof"]["ended"] == "length"
    assert "0:03.500" in answer.said["proof"]["note"]
    assert verify.pictures(answer.path).faults(0, 104) == []
