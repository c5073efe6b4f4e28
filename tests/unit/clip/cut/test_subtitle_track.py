"""Languages of subtitle tracks as containers carry them."""

from __future__ import annotations

import pytest

from clipferry.clip.cut.subtitle_track import iso_639_2

TAGS = {
    "en-GB": "eng",
    "zh-Hans": "zho",
    "iw": "heb",
    "nb": "nob",
    "ca": "cat",
    "ger": "deu",
    "fil": "fil",
    "de-orig": "deu",
    "en_US": "eng",
    "x-private": "und",
    "not a language": "und",
    "": "und",
}
"""Tags as sites write them, and ISO 639-2/T."""


@pytest.mark.parametrize("tag", TAGS)
def test_a_track_carries_three_letters(tag: str) -> None:
    assert iso_639_2(tag) == TAGS[tag]
