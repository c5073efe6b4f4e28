"""Times as people write them; the same rules as ``extension/src/clip/timecode.test.ts``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.clip.errors import InvalidTime
from clipferry.clip.timecode import format_time, parse


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (83.5, 83.5),
        ("83.5", 83.5),
        ("1:23,5", 83.5),
        ("01:02,5", 62.5),
        ("0:01:23.500", 83.5),
        ("1m2s", 62),
        ("1h", 3600),
        ("90s", 90),
        ("90m", 5400),
        ("1m30", 90),
        ("1H 2M 3,5S", 3723.5),
        ("2 min 5 sec", 125),
        ("1 hour 1 minute", 3660),
        ("\ufeff1:23\u200b", 83),
        ("\u00a01:23\t", 83),
        ("\uff11\uff1a\uff12\uff13", 83),
    ],
)
def test_what_is_plainly_a_time_is_taken(text: str | float, seconds: float) -> None:
    assert parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "-1", "\u22125", "1:60", "1:75:00", "1:2:3:4", "1s2m", "m", "h", "1:2m", "abc", "1e3", "NaN", "inf", True,
     float("nan"), float("inf"), -1, 10**400, "9" * 5000, "\0", "\udcff", "\x1b[2J"],
)  # fmt: skip
def test_what_is_none_is_refused_in_a_sentence(text: str | float) -> None:
    with pytest.raises(InvalidTime) as refused:
        parse(text)
    assert refused.value.sentence.isprintable()
    assert "1m23s" in refused.value.hint


@given(st.text() | st.text("0123456789:.,hms -\ufeff", max_size=12))
def test_no_text_ends_in_anything_but_a_time_or_that_refusal(text: str) -> None:
    try:
        assert 0 <= parse(text) <= 1_000_000
    except InvalidTime as refused:
        assert refused.sentence.isprintable()


@given(st.integers(0, 999_999_999))
def test_what_we_write_we_read(ms: int) -> None:
    assert round(parse(format_time(ms / 1000)) * 1000) == ms
