"""What a site wrote, as a menu and a notification show it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.desktop.texts import MAX_LABEL, and_more, display_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [0.05-0.10].mp4", "plain [0.05-0.10].mp4"),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202etxt.exe\u202c", "txt.exe"),
        ("\u2066isolated\u2069\u200f", "isolated"),
        ("क्\u200dष", "क्\u200dष"),  # Hindi and Persian are spelled with joiners
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("<b>bold</b> & more", "<b>bold</b> & more"),
        ("", ""),
    ],
)
def test_a_title_becomes_one_line_without_what_deceives(text: str, shown: str) -> None:
    assert display_text(text) == shown


@given(st.text(max_size=2000), st.integers(10, 100))
def test_it_is_bounded_and_holds_no_control_or_direction_mark(text: str, limit: int) -> None:
    shown = display_text(text, limit)
    assert len(shown) <= limit
    assert all(letter in "\u200c\u200d" or unicodedata.category(letter) not in ("Cc", "Cf") for letter in shown)


def test_a_long_title_is_cut_with_an_ellipsis() -> None:
    assert display_text("a" * 500) == "a" * (MAX_LABEL - 1) + "…"


def test_many_names_are_counted() -> None:
    assert and_more(["a", "b", "c", "d", "e"]) == "a\nb\nc\nand 2 more"
    assert and_more(["a", "b", "c"]) == "a\nb\nc"
