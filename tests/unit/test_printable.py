"""Text that others wrote, on its way to a terminal or into a log."""

from __future__ import annotations

import io
import json
import logging
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.system.log import start_logging
from clipferry.system.log_lines import LineFormatter
from clipferry_host.printable import PrintableStream, one_line, printable

HOSTILE = (
    "a\x1b]0;owned\x07\x1b[2J\x9b31m\r\b\x7f\u202egnp.exe\u2066\u200f\u061c\u2028\ufeff\U000e0041\nERROR forged\ud800"
)
BIDI = {*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def steers(char: str) -> bool:
    """Whether a terminal would obey it, or a reader be deceived by it."""
    return (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t") or char in BIDI


@given(st.text(st.characters(codec=None)))
def test_nothing_that_steers_is_left_and_the_rest_is_as_it_was(text: str) -> None:
    safe = printable(text)
    assert not any(map(steers, safe))
    assert "\n" not in one_line(text)
    safe.encode()
    if text.isprintable():
        assert safe == text


@given(st.text())
def test_json_means_the_same_as_before(text: str) -> None:
    raw = json.dumps({"title": text}, ensure_ascii=False)
    assert json.loads(printable(raw)) == {"title": text}


def test_spelling_is_kept() -> None:
    for text in ("می‌خواهم", "क्‍ष", "👩‍👩‍👧", "naïve", "日本", "שלום"):
        assert printable(text) == text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_a_stream_of_any_encoding_takes_any_text(encoding: str) -> None:
    written = io.BytesIO()
    stream = PrintableStream(io.TextIOWrapper(written, encoding=encoding, newline="\n"))
    stream.write(HOSTILE + "日本\n")
    stream.flush()
    assert not any(map(steers, written.getvalue().decode(encoding)))
    assert not hasattr(stream, "buffer"), "no way around it"


def fail() -> None:
    raise ValueError(HOSTILE)


def record(message: str, **more: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "x", **more})


def test_a_log_record_is_one_line_and_its_traceback_is_set_in() -> None:
    formatter = LineFormatter("%(levelname)s %(message)s")
    assert formatter.format(record(HOSTILE)).count("\n") == 0
    try:
        fail()
    except ValueError:
        text = formatter.format(record("failed", exc_info=sys.exc_info()))
    first, *rest = text.split("\n")
    assert first == "INFO failed"
    assert all(line.startswith("    ") for line in rest)
    assert not any(map(steers, text))


def test_the_companions_log_and_its_console_hold_no_controls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    try:
        start_logging(tmp_path)
        try:
            fail()
        except ValueError:
            logging.getLogger("x").exception("title %s", HOSTILE)
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, root.level = before, level
    text = (tmp_path / "daemon.log").read_text()
    assert len(text.splitlines()) == 1
    for said in (text, capsys.readouterr().err):
        assert said
        assert not any(map(steers, said))
