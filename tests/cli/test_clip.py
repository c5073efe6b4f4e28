"""``clipferry clip``: exactly the clip, in the folder, and said in one object."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen carries nearly no types)

import json
import os
import pty
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from mutagen.mp4 import MP4

from cli.conftest import CLIP, WATCH, CommandLine
from origin import LocalInternet, verify


def test_first_frame_to_last(cli: CommandLine) -> None:
    """12.345 s is in the middle of picture 370; 20.1 s is where picture 603 begins."""
    answer = cli.clip(CLIP, "--start", "0:12.345", "--end", "20.1", "--height", "360")
    assert answer.code == 0
    assert answer.path == cli.downloads / "Fixture clip [0.12.345-0.20.100].mp4"
    assert verify.pictures(answer.path).faults(370, 602) == []
    assert answer.said["start_s"] == 12.345
    assert answer.said["end_s"] == 20.1
    assert answer.said["url"] == CLIP
    proof = answer.said["proof"]
    assert (proof["frames"], proof["path"]) == (233, "smart")
    assert proof["copied_frames"] >= 150, "all but the first group of pictures"
    assert stat.S_IMODE(answer.path.stat().st_mode) == 0o644
    assert answer.said["size_bytes"] == answer.path.stat().st_size
    assert cli.left_behind() == [str(answer.path)]


def test_pictures_and_sound_in_step(cli: CommandLine) -> None:
    path = cli.clip(CLIP, "--start", "12.345", "--end", "20.1", "--height", "360").path
    offsets = verify.av_offsets(path, verify.constant(30, 1800), points=3)
    assert len(offsets) == 3
    assert all(abs(one.offset_s) < 0.024 for one in offsets), offsets


def test_the_same_again_gets_a_number(cli: CommandLine) -> None:
    names = [cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360").path.name for _ in range(2)]
    assert names == ["Fixture clip [0.01-0.02].mp4", "Fixture clip [0.01-0.02] (2).mp4"]


def test_a_second_clip_asks_the_site_for_no_page(cli: CommandLine, site: LocalInternet) -> None:
    cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360")
    site.clear_log()
    assert cli.clip(f"{CLIP}&t=30", "--start", "31", "--end", "32", "--height", "360").code == 0
    assert site.counters("www.youtube.com").requests == 0
    assert site.counters("*.googlevideo.com").requests > 0


def test_only_the_bytes_of_the_clip(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(CLIP, "--start", "31", "--end", "34", "--height", "360")
    site.clear_log()
    whole = cli.clip(CLIP, "--height", "360")
    assert verify.pictures(whole.path).faults(0, 1799) == []
    assert answer.said["fetched_bytes"] < whole.said["fetched_bytes"] / 5
    assert site.counters("*.googlevideo.com").bytes == whole.said["fetched_bytes"]


def test_without_json_the_path_is_all_that_is_said(cli: CommandLine) -> None:
    answer = cli.run("clip", CLIP, "--start", "1", "--end", "2", "--height", "360")
    assert (answer.code, answer.err) == (0, "")
    assert Path(answer.out.rstrip("\n")).is_file()


def test_on_a_terminal_a_line_follows_the_work_and_goes(cli: CommandLine) -> None:
    ours, theirs = pty.openpty()
    marks = ("--start", "1", "--end", "9", "--height", "360")
    command = [sys.executable, "-m", "clipferry", "clip", CLIP, *marks]
    with subprocess.Popen(command, env=cli.env, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:
            pass  # Linux says EIO when the other side has closed
        assert process.wait() == 0
    os.close(ours)
    assert b"resolving" in shown
    assert b"%" in shown
    assert shown.endswith(b"\r\x1b[2K")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("host", ["www.youtube.com", "*.googlevideo.com"])
def test_told_to_stop_it_leaves_nothing(
    cli: CommandLine, site: LocalInternet, number: signal.Signals, host: str
) -> None:
    """While the site thinks about the page, and while the media hangs."""
    site.fault("hold", host=host, times=0)
    process = cli.start("clip", CLIP, "--start", "1", "--end", "9", "--json")
    site.wait_for(host, "*")
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 31
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert err == ""
    assert cli.left_behind() == []


def test_a_folder_of_ones_own(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "own folder").mkdir()
    answer = cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360", "--folder", tmp_path / "own folder")
    assert answer.path.parent == tmp_path / "own folder"
    assert cli.left_behind() == []


def test_downloads_is_made_where_it_is_missing(cli: CommandLine) -> None:
    cli.downloads.rmdir()
    assert cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360").path.parent == cli.downloads


def test_a_name_of_ones_own(cli: CommandLine) -> None:
    answer = cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360", "--name", "{id} {height} {range}")
    assert answer.path.name == "AAAAAAAAAA1 360p 0.01-0.02.mp4"


def test_proxy_and_certificates_from_the_settings(cli: CommandLine, site: LocalInternet) -> None:
    for name in site.env():
        cli.env.pop(name, None)
    assert cli.clip(CLIP, "--start", "1", "--end", "2").said["error"]["code"] in ("network", "tls", "site_error")
    settings = cli.home / "config" / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    network = {"proxy": site.proxy_url, "ca_file": str(site.ca_file)}
    settings.write_text(json.dumps({"network": network, "name_template": "{id}"}))
    answer = cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360")
    assert answer.path.name == "AAAAAAAAAA1.mp4"


def test_an_authority_that_is_not_trusted_is_never_passed_over(cli: CommandLine) -> None:
    del cli.env["SSL_CERT_FILE"]
    answer = cli.clip(CLIP, "--start", "1", "--end", "2")
    assert (answer.code, answer.said["error"]["code"]) == (23, "tls")


def test_an_address_that_expires_in_the_middle_is_asked_for_again(cli: CommandLine, site: LocalInternet) -> None:
    assert cli.clip(CLIP, "--start", "1", "--end", "2", "--height", "360").code == 0
    site.expire_urls()
    answer = cli.clip(CLIP, "--start", "31", "--end", "33", "--height", "360")
    assert answer.code == 0, "the cached addresses have expired; the site is asked for new ones"
    assert verify.pictures(answer.path).faults(930, 989) == []


def test_a_portrait_short(cli: CommandLine) -> None:
    answer = cli.clip("https://www.youtube.com/shorts/SSSSSSSSSS1", "--start", "5", "--end", "7", "--height", "360")
    assert (answer.said["proof"]["width"], answer.said["proof"]["height"]) == (360, 640)
    assert verify.pictures(answer.path).faults(150, 209) == []


@pytest.mark.parametrize(
    ("url", "first", "last"),
    [
        ("https://www.instagram.com/reel/Caaaaaaaaa1/", 60, 119),
        ("https://www.instagram.com/p/Dcarousel002/?img_index=2", 60, 119),
        ("https://www.instagram.com/share/reel/Caaaaaaaaa1/", 60, 119),
    ],
)
def test_instagram(cli: CommandLine, url: str, first: int, last: int) -> None:
    answer = cli.clip(url, "--start", "2", "--end", "4")
    assert answer.code == 0
    assert verify.pictures(answer.path).faults(first, last) == []


def test_where_it_came_from_is_in_the_file(cli: CommandLine) -> None:
    path = cli.clip(CLIP, "--start", "12.345", "--end", "14", "--height", "360").path
    tags = MP4(path)
    assert tags["\xa9nam"] == ["Fixture clip"]
    assert tags["\xa9ART"] == ["Fixture channel"]
    assert tags["\xa9cmt"] == [f"{WATCH}AAAAAAAAAA1&t=12"]


def test_a_thumbnail_host_that_says_nothing_holds_nothing_up(cli: CommandLine, site: LocalInternet) -> None:
    site.fault("hold", path="/vi/*", times=0)
    process = cli.start("clip", CLIP, "--start", "1", "--end", "2")
    said, _ = process.communicate(timeout=60)  # it hangs where the process waits for the picture
    assert process.returncode == 0
    assert Path(said.strip()).is_file()
    assert site.counters("i.ytimg.com").requests == 1, "it was asked for"
