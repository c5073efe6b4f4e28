"""A post as Instagram's own data describes it: what yt-dlp 2026.8.19 reads, in page and API alike."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass

from .posts import Item, Post, dash_manifest, number_of

SECRET = b"the local instagram"
CDN = "https://scontent-fra5-1.cdninstagram.com"
Json = dict[str, object]


@dataclass(slots=True)
class Signer:
    """Media URLs that stop working: at ``oe``, and when a test expires all that were given out."""

    issue: int = 1
    lifetime_s: float = 24 * 3600

    def url(self, code: str, index: int, what: str) -> str:
        """``what``: ``video.mp4`` (muxed), ``dash-video.mp4``, ``dash-audio.mp4`` or ``thumb.jpg``."""
        ends = f"{round(time.time() + self.lifetime_s):X}"
        path = f"/o1/v/t16/f2/m86/{code}/{index}/{what}"
        return f"{CDN}{path}?stp=dst&oe={ends}&_nc_sid={self.issue}&oh={_sign(path, ends, str(self.issue))}"

    def refusal(self, path: str, query: dict[str, str]) -> str | None:
        ends, issue = query.get("oe", ""), query.get("_nc_sid", "")
        if not hmac.compare_digest(query.get("oh", ""), _sign(path, ends, issue)):
            return "Bad URL hash"
        if int(ends, 16) < time.time() or int(issue) < self.issue:
            return "URL signature expired"
        return None


def _sign(path: str, ends: str, issue: str) -> str:
    return hmac.new(SECRET, f"{path} {ends} {issue}".encode(), hashlib.sha256).hexdigest()[:32]


def product(post: Post, signer: Signer) -> Json:
    """Makes the media that the manifest's index ranges need."""
    facts: Json = {
        "pk": post.pk,
        "code": post.code,
        "user": {"username": post.user, "pk": "4242", "full_name": "Fixture User"},
        "caption": {"text": post.caption},
        "taken_at": 1767225600,
        "like_count": 12,
        "comment_count": 3,
        "view_count": 1234,
    }
    if len(post.items) == 1:
        return facts | _item(post, 0, post.items[0], signer)
    children = []
    for index, item in enumerate(post.items):
        number = str(number_of("X" + post.code[1:]) + index)
        children.append({"pk": number, "user": facts["user"], **_item(post, index, item, signer)})
    return facts | {"carousel_media": children, "media_type": 8}


def _item(post: Post, index: int, item: Item, signer: Signer) -> Json:
    thumbnail = {"url": signer.url(post.code, index, "thumb.jpg"), "width": item.width, "height": item.height}
    facts: Json = {"image_versions2": {"candidates": [thumbnail]}, "media_type": 2 if item.is_video else 1}
    if not item.is_video:
        return facts
    muxed = signer.url(post.code, index, "video.mp4")
    facts |= {
        "video_duration": item.seconds,
        "has_audio": item.sound,
        "video_versions": [
            {"url": muxed, "width": item.width, "height": item.height, "type": 101},
            {"url": muxed, "width": item.width, "height": item.height, "type": 102},
        ],
    }
    if item.manifest:
        urls = (signer.url(post.code, index, f"dash-{kind}.mp4") for kind in ("video", "audio"))
        facts["video_dash_manifest"] = dash_manifest(item, *urls)
    return facts


def prefetched(media: Json | None) -> Json:
    """The JSON of a ``<script data-sjs>`` that carries a post to the page's own code."""
    result = {"data": {"xig_polaris_media": {"if_not_gated_logged_out": media} if media else None}}
    box = {"__bbox": {"complete": True, "result": result}}
    cache = [
        "RelayPrefetchedStreamCache",
        "next",
        [],
        ["adp_PolarisLoggedOutDesktopWWWPostRootContentQueryRelayPreloader_1", box],
    ]
    return {"require": [["ScheduledServerJS", "handle", None, [{"__bbox": {"require": [cache]}}]]]}
