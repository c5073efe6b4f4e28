"""What a video is called where the site has no title for it."""

from __future__ import annotations

import pytest

from clipferry.clip.extract.titles import title_of


@pytest.mark.parametrize(
    ("title", "caption", "page", "named"),
    [
        ("A title", "A caption", "https://v.example/x", "A title"),
        ("Video by Ann", "Sunset over the lake #sun #lake", "https://www.instagram.com/p/C1/", "Sunset over the lake"),
        ("Video by ann_1", "\n\n#only #tags", "https://www.instagram.com/p/C1/", "#only #tags"),
        ("Video by Ann", None, "https://www.instagram.com/p/C1/", "Ann C1"),
        ("Video by Drones", "A caption", "https://v.example/x", "Video by Drones"),
        ("index", None, "https://v.example/red-film/index.m3u8", "red-film"),
        ("master", None, "https://www.v.example/hls/my%20film/master.m3u8", "my film"),
        ("playlist", None, "https://v.example/playlist.m3u8", "v.example"),
        ("manifest", "Told here", "https://v.example/x/manifest.mpd", "Told here"),
        ("Index of love", None, "https://v.example/x", "Index of love"),
        ("media", None, "https://v.example/x/media.mp4", "media"),
        ("Video by Ann", "word " * 40, "https://v.example/x", "word " * 15 + "word…"),
    ],
)
def test_placeholders_give_way(title: str, caption: str | None, page: str, named: str) -> None:
    assert title_of(title, caption=caption, makers=["Ann", "ann_1"], video_id="C1", page=page) == named
