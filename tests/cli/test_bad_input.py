"""Whatever a person hands to ``clipferry clip``: what is plainly meant is taken, everything else is one sentence and a hint. Nothing
ends as an internal error (exit code 70), nothing shows a cookie's value."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.conftest import CLIP, CommandLine
from origin import LocalInternet, verify

INTERNAL = 70
SECRET = "s3cr3t-v4lue"
PIECE = ("--start", "1", "--end", "2", "--height", "360")

REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no time": (("--start", "soon"), "invalid_time"),
    "a negative time": (("--start", "-5"), "invalid_time"),
    "a time that is not text": (("--start", os.fsdecode(b"\xff")), "invalid_time"),
    "reversed": (("--start", "1m2s", "--end", "1m1s"), "invalid_range"),
    "a brace too many": (("--name", "{"), "invalid_output"),
    "a numbered field": (("--name", "{0}"), "invalid_output"),
    "an unnamed field": (("--name", "{}"), "invalid_output"),
    "an attribute of a field": (("--name", "{title.__class__}"), "invalid_output"),
    "a nested field": (("--name", "{title:{id}}"), "invalid_output"),
    "nobody's home": (("--folder", "~nobody-at-all/clips"), "folder_missing"),
    "a folder that is not there": (("--folder", "/nowhere/at/all"), "folder_missing"),
    "a folder whose name is too long": (("--folder", "/tmp/" + "x" * 5000), "folder_missing"),
    "a file for a folder": (("--folder", "/etc/hostname"), "folder_missing"),
    "no cookies file": (("--cookies", "/nowhere/cookies.txt"), "invalid_cookies"),
    "a folder for cookies": (("--cookies", "/"), "invalid_cookies"),
    "a sound format without sound": (("--audio-only", "--format", "mp4"), "invalid_output"),
}
LINKS = {
    "nothing": "",
    "blanks": "  ",
    "prose": "a video of cats",
    "not text": os.fsdecode(b"https://a.example/\xff"),
    "a file": "film.mov",
    "another scheme": "ftp://a.example/film.mp4",
    "half an address": "https://[::1/",
    "a port that is none": "https://a.example:http/",
    "very long": "https://a.example/" + "a" * 20_000,
}


@pytest.mark.parametrize(("arguments", "code"), REFUSED.values(), ids=REFUSED)
def test_one_sentence_says_what_was_expected(cli: CommandLine, arguments: tuple[str, ...], code: str) -> None:
    answer = cli.clip(CLIP, *arguments)
    assert answer.said["error"]["code"] == code
    assert answer.said["error"]["hint"]
    assert answer.code not in (0, INTERNAL)
    assert cli.left_behind() == []


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_what_is_no_link_is_said(cli: CommandLine, link: str) -> None:
    assert cli.clip(link).said["error"]["code"] == "invalid_url"


@pytest.mark.parametrize(
    "link",
    ["youtu.be/AAAAAAAAAA1", f"  <{CLIP}>\n", f"\ufeff{CLIP}\u200b", f'"{CLIP}"', CLIP.replace("https", "HTTPS")],
)
def test_a_link_that_is_plainly_one_is_taken(cli: CommandLine, link: str) -> None:
    answer = cli.clip(link, "--start", "0m1s", "--end", " 2s\u200b", "--height", "360")
    assert answer.code == 0, answer
    assert verify.pictures(answer.path).faults(30, 59) == []


@pytest.mark.parametrize("form", ["netscape without a header", "json", "latin-1"])
def test_exported_cookies_reach_the_site(cli: CommandLine, site: LocalInternet, tmp_path: Path, form: str) -> None:
    cookies = tmp_path / "cookies"
    line = f".youtube.com\tTRUE\t/\tTRUE\t0\tLOGIN_INFO\t{SECRET}\n"
    if form == "json":
        cookies.write_text(
            json.dumps([{"domain": ".youtube.com", "name": "LOGIN_INFO", "value": SECRET, "secure": True}])
        )
    else:
        cookies.write_bytes(
            (line + (".x.example\tTRUE\t/\tFALSE\t0\tn\tä\n" if form == "latin-1" else "")).encode("latin-1")
        )
    answer = cli.clip(CLIP, *PIECE, "--cookies", cookies)
    assert answer.code == 0, answer
    assert any(SECRET in asked.headers.get("cookie", "") for asked in site.log("www.youtube.com"))
    assert SECRET not in answer.out + answer.err + cli.log()


@pytest.mark.parametrize("data", [b"", b"[", b"# Netscape HTTP Cookie File\n", f"LOGIN={SECRET}; a=b".encode()])
def test_a_cookies_file_that_is_none_is_said_before_the_site_is_asked(
    cli: CommandLine, site: LocalInternet, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "cookies").write_bytes(data)
    answer = cli.clip(CLIP, *PIECE, "--cookies", tmp_path / "cookies")
    assert answer.said["error"]["code"] == "invalid_cookies"
    assert SECRET not in answer.out + answer.err + cli.log()
    assert site.counters("www.youtube.com").requests == 0


@pytest.mark.parametrize("what", ["missing", "empty", "folder", "no certificate"])
def test_a_certificate_file_that_is_none_is_said(cli: CommandLine, tmp_path: Path, what: str) -> None:
    path = tmp_path / "ca.pem"
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        path.write_text("" if what == "empty" else "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    cli.env["SSL_CERT_FILE"] = str(path)
    error = cli.clip(CLIP, *PIECE).said["error"]
    assert error["code"] == "tls"
    assert "SSL_CERT_FILE" in error["hint"]


def test_a_folder_whose_name_is_not_text_gets_its_clip(cli: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    process = cli.start("clip", CLIP, *PIECE, "--folder", folder, errors="surrogateescape")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert Path(out.rstrip("\n")).is_file()
