"""Cookies files as people export them: taken, or refused in a sentence that says what was expected and shows no value."""

from __future__ import annotations

import codecs
import io
import json
import os
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yt_dlp.cookies import YoutubeDLCookieJar

from clipferry.clip.errors import InvalidCookies
from clipferry.clip.extract.cookie_files import MAX_BYTES, netscape_text

SECRET = "s3cr3t-v4lue"
LINE = f".youtube.com\tTRUE\t/\tTRUE\t1893456000\tLOGIN\t{SECRET}\n"
EXPORTED = {
    "domain": ".youtube.com", "hostOnly": False, "httpOnly": True, "name": "LOGIN", "path": "/", "sameSite": "no_restriction",
    "secure": True, "session": False, "storeId": "0", "value": SECRET, "expirationDate": 1893456000.25, "id": 1,
}  # fmt: skip
QUICK_MANAGER = {
    "Host raw": "https://.youtube.com/", "Name raw": "LOGIN", "Path raw": "/", "Content raw": SECRET, "Expires raw": "1893456000",
    "Send for raw": "true", "HTTP only raw": "true", "This domain only raw": "false",
}  # fmt: skip
TAKEN = {
    "as it should be": b"# Netscape HTTP Cookie File\n" + LINE.encode(),
    "without a header": LINE.encode(),
    "CRLF": b"# HTTP Cookie File\r\n" + LINE.replace("\n", "\r\n").encode(),
    "CR": LINE.replace("\n", "\r").encode(),
    "a byte order mark": codecs.BOM_UTF8 + LINE.encode(),
    "UTF-16": LINE.encode("utf-16"),
    "HttpOnly": b"#HttpOnly_" + LINE.encode(),
    "blanks for tabs": LINE.replace("\t", "    ").encode(),
    "no line end": LINE.rstrip("\n").encode(),
    "flags that contradict the dot": LINE.replace("\tTRUE\t/", "\tFALSE\t/").encode(),
    "lower case flags": LINE.replace("TRUE", "true").encode(),
    "a fraction of a second": LINE.replace("1893456000", "1893456000.5").encode(),
    "among lines that are none": b"garbage\n\x00\x01\n" + LINE.encode() + b"a\tb\n.x\tTRUE\t/\tMAYBE\t0\ta\tb\n",
    "Latin-1 beside it": ".x.example\tTRUE\t/\tFALSE\t0\tn\tä\n".encode("latin-1") + LINE.encode(),
    "JSON of an add-on": json.dumps([EXPORTED]).encode(),
    "JSON with a byte order mark": codecs.BOM_UTF8 + json.dumps([EXPORTED]).encode(),
    "JSON under a key": json.dumps({"url": "https://www.youtube.com", "cookies": [EXPORTED]}, indent=4).encode(),
    "JSON of Playwright": json.dumps(
        {"cookies": [{"name": "LOGIN", "value": SECRET, "domain": ".youtube.com", "path": "/", "expires": -1, "secure": True}]}
    ).encode(),
    "JSON of Selenium": json.dumps([{"name": "LOGIN", "value": SECRET, "domain": ".youtube.com", "expiry": 1893456000}]).encode(),
    "JSON of Cookie Quick Manager": json.dumps([QUICK_MANAGER]).encode(),
    "JSON among entries that are none": json.dumps([None, 1, {}, {"name": 1}, EXPORTED]).encode(),
}  # fmt: skip
REFUSED = {
    "empty": b"",
    "a byte order mark alone": codecs.BOM_UTF8,
    "blank lines": b"\r\n \n",
    "the header alone": b"# Netscape HTTP Cookie File\n\n",
    "prose": f"my cookies: {SECRET}\n".encode(),
    "a Cookie header": f"Cookie: LOGIN={SECRET}; B=1\n".encode(),
    "JSON that is cut off": json.dumps([EXPORTED]).encode()[:-2],
    "JSON of something else": json.dumps({"LOGIN": SECRET}).encode(),
    "JSON without cookies": b"[]",
    "JSON nested without end": b"[" * 100_000,
    "JSON with values that cannot be sent": json.dumps([EXPORTED | {"value": f"{SECRET}\r\nX: 1"}]).encode(),
    "a database": b"SQLite format 3\x00" + os.urandom(100),
    "a video": b"\x00\x00\x00\x20ftypisom" + os.urandom(1000),
    "too large": LINE.encode() * (MAX_BYTES // len(LINE) + 1),
    "too many": LINE.encode() * 20_001,
}


@pytest.mark.parametrize("data", TAKEN.values(), ids=TAKEN)
def test_taken_and_read_by_yt_dlp_without_a_word(
    data: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cookies"
    path.write_bytes(data)
    jar = YoutubeDLCookieJar(io.StringIO(netscape_text(path)))
    jar.load()
    assert f"LOGIN={SECRET}" in (jar.get_cookie_header("https://www.youtube.com/watch") or "")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_refused_in_a_sentence_without_a_value(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cookies"
    path.write_bytes(data)
    with pytest.raises(InvalidCookies) as refused:
        netscape_text(path)
    shown = "".join(traceback.format_exception(refused.value))
    assert SECRET not in f"{shown}{refused.value.sentence}{refused.value.detail}"
    assert "cookies.txt" in refused.value.hint


@pytest.mark.parametrize("where", ["nowhere", "", "\0", "x" * 5000])
def test_what_is_no_file_is_said(where: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidCookies):
        netscape_text(tmp_path / where)


def test_bytes_go_out_as_they_came(tmp_path: Path) -> None:
    """A cookie's value is bytes: Latin-1 stays Latin-1, what JSON spells in UTF-8 is sent as browsers send it."""
    path = tmp_path / "cookies"
    path.write_bytes("example.org\tFALSE\t/\tFALSE\t0\tn\tä\n".encode("latin-1"))
    assert netscape_text(path).rstrip("\n").encode("latin-1").endswith(b"\tn\t\xe4")
    path.write_text(json.dumps([{"domain": "example.org", "name": "n", "value": "ä"}]))
    assert netscape_text(path).rstrip("\n").encode("latin-1").endswith(b"\tn\t\xc3\xa4")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["cookies", "domain", "name", "value", "path", "expires", "secure", "hostOnly"]), inner
    ), max_leaves=20,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_file_ends_in_anything_but_cookies_or_that_refusal(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cookies"
    path.write_bytes(data)
    try:
        text = netscape_text(path)
    except InvalidCookies:
        return
    YoutubeDLCookieJar(io.StringIO(text)).load()
