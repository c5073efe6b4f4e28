"""Every way it can fail: its own code, a sentence, a hint, its own exit code, and nothing left behind."""

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

import clipferry
from cli.conftest import CLIP, WATCH, CommandLine
from clipferry.clip.errors import ClipError, all_kinds
from disks import small_disk
from origin import Case, LocalInternet, case_id

MARKS = ("--start", "1", "--end", "2")


def fails(cli: CommandLine, code: str, *arguments: str | Path) -> dict[str, str]:
    answer = cli.clip(*arguments)
    error = answer.said["error"]
    assert error["code"] == code
    assert answer.code == all_kinds()[code].exit_code
    assert error["message"].endswith(".")
    assert error["hint"].endswith(".")
    assert answer.err == ""
    assert cli.left_behind() == []
    return dict(error)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("not a url", "invalid_url"),
        ("--exec=touch /tmp/x", "invalid_url"),
        ("file:///etc/passwd", "invalid_url"),
        ("javascript:alert(1)", "invalid_url"),
        ("https://user:secret@www.youtube.com/watch?v=AAAAAAAAAA1", "invalid_url"),
        ("http://127.0.0.1:8804/", "blocked_address"),
        ("http://2130706433/", "blocked_address"),
        ("http://[::ffff:169.254.169.254]/", "blocked_address"),
        ("http://localhost/video.mp4", "blocked_address"),
    ],
)
def test_what_is_no_address_for_us(cli: CommandLine, site: LocalInternet, url: str, code: str) -> None:
    fails(cli, code, *MARKS, "--", url)
    assert site.log() == [], "nothing was asked for"


@pytest.mark.parametrize(
    ("marks", "code"),
    [
        (("--start", "5", "--end", "5"), "invalid_range"),
        (("--start", "9", "--end", "5"), "invalid_range"),
        (("--start", "-5", "--end", "5"), "invalid_time"),
        (("--start", "soon", "--end", "5"), "invalid_time"),
        (("--start", "nan"), "invalid_time"),
        (("--start", "1:75"), "invalid_time"),
        (("--start", "1e999"), "invalid_time"),
    ],
)
def test_marks_that_cannot_be(cli: CommandLine, site: LocalInternet, marks: tuple[str, ...], code: str) -> None:
    fails(cli, code, CLIP, *marks)
    assert site.log() == []


@pytest.mark.parametrize(
    "marks", [("--start", "50", "--end", "62"), ("--start", "60"), ("--start", "99", "--end", "100")]
)
def test_marks_past_the_end(cli: CommandLine, marks: tuple[str, ...]) -> None:
    assert "1:00" in fails(cli, "range_outside_video", CLIP, *marks)["message"]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (Case.PRIVATE, "private_video"),
        (Case.REMOVED, "removed_video"),
        (Case.UNAVAILABLE, "removed_video"),
        (Case.AGE_GATE_HARD, "age_restricted"),
        (Case.GEO, "geo_blocked"),
        (Case.BOT, "login_required"),
        (Case.RATE_LIMITED, "rate_limited"),
        (Case.ALL_429, "rate_limited"),
        (Case.MEMBERS, "members_only"),
        (Case.DRM, "drm_protected"),
        (Case.UPCOMING, "not_started"),
        (Case.SABR, "no_formats"),
    ],
)
def test_what_youtube_says(cli: CommandLine, case: Case, code: str) -> None:
    fails(cli, code, WATCH + case_id(case), *MARKS)


@pytest.mark.parametrize(
    ("post", "code"),
    [
        ("p/Pphoto000001", "unsupported_site"),
        ("reel/Lloginwall01", "login_required"),
        ("reel/Rrestricted1", "age_restricted"),
        ("reel/Eempty000001", "login_required"),
        ("reel/Ttoomany0001", "rate_limited"),
        ("p/Dcarousel001/?img_index=1", "unsupported_site"),
    ],
)
def test_what_instagram_says(cli: CommandLine, post: str, code: str) -> None:
    fails(cli, code, f"https://www.instagram.com/{post}", *MARKS)


def test_a_page_without_a_video(cli: CommandLine, site: LocalInternet) -> None:
    fails(cli, "unsupported_site", site.put("https://video.example/today", "<h1>No video here</h1>"), *MARKS)


def test_a_host_that_is_not_there(cli: CommandLine) -> None:
    fails(cli, "network", "https://nowhere.invalid/video.mp4", *MARKS)


def test_media_that_is_none(cli: CommandLine, site: LocalInternet) -> None:
    site.fault("html", host="*.googlevideo.com", times=0)
    fails(cli, "bad_media", CLIP, *MARKS)


def test_combinations_that_cannot_be(cli: CommandLine, site: LocalInternet) -> None:
    fails(cli, "invalid_output", CLIP, *MARKS, "--audio-only", "--format", "mp4")
    fails(cli, "invalid_output", CLIP, *MARKS, "--name", "{password}")
    assert site.log() == []
    fails(
        cli, "invalid_output", CLIP, "--start", "0", "--end", "59.9", "--format", "gif", "--name", "{title.__class__}"
    )
    fails(cli, "invalid_output", "https://www.instagram.com/p/Dsilent00001/", *MARKS, "--audio-only")


def test_an_ffmpeg_that_does_not_run(cli: CommandLine, tmp_path: Path) -> None:
    settings = cli.home / "config" / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f'{{"ffmpeg": "{tmp_path}/none"}}')
    fails(cli, "ffmpeg_missing", CLIP, *MARKS, "--audio-only")


def test_a_folder_that_is_not_there(cli: CommandLine, site: LocalInternet, tmp_path: Path) -> None:
    fails(cli, "folder_missing", CLIP, *MARKS, "--folder", tmp_path / "unplugged")
    (tmp_path / "file").touch()
    fails(cli, "folder_missing", CLIP, *MARKS, "--folder", tmp_path / "file")
    assert site.log() == []


@pytest.mark.parametrize(
    ("size", "read_only", "code"), [("300k", False, "disk_full"), ("1m", True, "folder_not_writable")]
)
def test_disks_that_take_nothing(cli: CommandLine, size: str, read_only: bool, code: str) -> None:
    with small_disk(size, read_only=read_only) as disk:
        fails(cli, code, CLIP, "--start", "1", "--end", "20", "--folder", str(disk))
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("clip",),
        ("clip", CLIP, "--format", "avi"),
        ("clip", CLIP, "--height", "-1"),
        ("nosuch",),
        ("clip", CLIP, "--codec", "x"),
    ],
)
def test_wrong_usage_ends_with_2(cli: CommandLine, site: LocalInternet, arguments: tuple[str, ...]) -> None:
    answer = cli.run(*arguments, *(["--json"] if arguments else []))
    assert answer.code == 2
    if arguments:
        assert answer.said["error"]["code"] == "usage"
    assert site.log() == []


def test_without_json_the_sentence_and_the_hint_are_said(cli: CommandLine) -> None:
    answer = cli.run("clip", WATCH + case_id(Case.PRIVATE), *MARKS)
    assert answer.code == 11
    assert answer.out == ""
    assert answer.err.splitlines() == [
        all_kinds()["private_video"].sentence,
        "If you may watch it, hand over your session on this site with --cookies FILE.",
    ]


def test_the_log_knows_more_than_the_person(cli: CommandLine) -> None:
    cli.clip(WATCH + case_id(Case.PRIVATE), *MARKS)
    assert "private_video" in cli.log()
    assert "Traceback" in cli.log()


def test_every_kind_has_its_own_exit_code() -> None:
    """Of all trees of errors, the daemon's, the updater's and the clients' as well: a script tells kinds apart by it."""
    root = Path(clipferry.__path__[0])
    for source in root.rglob("*.py"):
        if re.search(r"^    code(, exit_code)? = ", source.read_text(), re.MULTILINE):
            importlib.import_module(".".join(source.relative_to(root.parent).with_suffix("").parts))
    own = [kind for kind in every_kind() if "exit_code" in vars(kind)]
    codes = Counter(kind.exit_code for kind in own)
    assert {kind.code: kind.exit_code for kind in own if codes[kind.exit_code] > 1} == {}
    assert min(codes) > 2
    borrowed = {
        kind.__module__ for kind in every_kind() if kind not in own and kind.code not in {one.code for one in own}
    }
    assert borrowed <= {"clipferry.api.errors"}, "only HTTP's own kinds never end a command"


def every_kind(root: type[ClipError] = ClipError) -> list[type[ClipError]]:
    """``root`` and all that descends from it, whatever its code."""
    return [root, *(kind for child in root.__subclasses__() for kind in every_kind(child))]
