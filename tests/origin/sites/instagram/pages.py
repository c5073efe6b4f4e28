"""The pages: feed, permalink of a post or reel, and the immersive reel viewer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ...reply import Reply, page
from ..templates import fill, script, text
from .posts import Item, Post
from .product import Json, prefetched

T = "instagram/templates/"
LSD = "fixture-lsd-token"
HEART = "M16.792 3.904A4.989 4.989 0 0 1 21.5 9.122c0 3.072-2.652 4.959-5.197 7.222"
BUBBLE = "M20.656 17.008a9.993 9.993 0 1 0-3.59 3.615L22 22Z"


def _csp(nonce: str) -> dict[str, str]:
    policy = f"default-src 'self' blob:; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data: blob:"
    return {"Content-Security-Policy": policy}


def _page(title: str, body: str, media: Json | None, facts: Json) -> Reply:
    nonce = secrets.token_urlsafe(16)
    html = fill(
        T + "page.html",
        title=text(title),
        body=body,
        nonce=nonce,
        eqmc=script({"l": LSD, "f": "x"}),
        prefetched=script(prefetched(media)),
        page_js=fill(T + "page.js", facts=script(facts)),
    )
    return page(html, headers=_csp(nonce))


def feed(posts: Sequence[Post]) -> Reply:
    body = fill(
        T + "main.html",
        inside="".join(
            _article(post, f"/{post.user}/p/{post.code}/" if len(post.items) > 1 else f"/p/{post.code}/")
            for post in posts
        ),
    )
    return _page("Instagram", body, None, {"kind": "feed"})


def post(one: Post, media: Json | None, kind: str) -> Reply:
    inside = _article(one, f"/{kind}/{one.code}/") if media else "<h2>Sorry, this page isn't available.</h2>"
    return _page(
        f"{one.user} on Instagram: {one.caption}", fill(T + "main.html", inside=inside), media, {"kind": "post"}
    )


def reels(posts: Sequence[Post], media: Json | None) -> Reply:
    inside = "".join(
        fill(T + "reel.html", code=one.code, user=one.user, video=_video(one, 0), heart=HEART, bubble=BUBBLE)
        for one in posts
    )
    return _page(
        "Instagram",
        fill(T + "reels.html", inside=inside),
        media,
        {"kind": "reels", "codes": [one.code for one in posts]},
    )


def _article(one: Post, link: str) -> str:
    if len(one.items) == 1:
        item = one.items[0]
        inside = (
            f'<div>{_video(one, 0)}</div><div role="group" class="mask"></div>' if item.is_video else _photo(one, 0)
        )
        media = f'<div class="m" data-visualcompletion="ignore-late-mutation">{inside}</div>'
    else:
        slides = "".join(
            f'<li class="c" style="transform:translateX({468 * index}px)">{_video(one, index) if item.is_video else _photo(one, index)}</li>'
            for index, item in enumerate(one.items)
        )
        dots = "".join(
            "<div aria-current='true'></div>" if not index else "<div></div>" for index in range(len(one.items))
        )
        media = f'<div class="m"><ul class="slides">{slides}</ul><button aria-label="Next">&gt;</button><div class="dots">{dots}</div></div>'
    return fill(
        T + "article.html", media=media, user=one.user, link=link, caption=text(one.caption), heart=HEART, bubble=BUBBLE
    )


def _video(one: Post, index: int) -> str:
    return f'<video playsinline muted loop data-src="/_fixture/media/{one.code}/{index}.mp4"></video>'


def _photo(one: Post, index: int) -> str:
    item: Item = one.items[index]
    return f'<img alt="" width="{item.width}" height="{item.height}" src="/_fixture/media/{one.code}/{index}.jpg">'
