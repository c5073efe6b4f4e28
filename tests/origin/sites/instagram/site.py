"""What www.instagram.com and its media hosts answer."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from ...media import make
from ...reply import Ask, Reply, data, file, missing, page, redirect
from ..youtube.ytimg import thumbnail
from . import pages
from .posts import POSTS, Gate, Mode, Post, number_of
from .product import Json, Signer, product

PERMALINK = re.compile(r"/(?:[\w.]+/)?(p|reel|reels|tv)/([\w-]+)$")
SESSION = "fixture-session"
"""The value of the cookie ``sessionid`` that is logged in; any other is an expired one."""
CSRF = "fixturecsrf"
WEB_APP = "936619743392459"
DOCUMENT = "27130156389949648"
_WALLED = re.compile(r"/(?:$|p/|reels?/|tv/|[\w.]+/(?:p|reel)/|api/)")
"""Paths that a visitor who is no browser is led away from."""
_LOGIN = "https://www.instagram.com/accounts/login/"
_TOKEN = f'<script id="__eqmc" type="application/json">{json.dumps({"l": pages.LSD})}</script>'
COOKIES = {"Set-Cookie": f"csrftoken={CSRF}; Domain=.instagram.com; Path=/; Secure"}


@dataclass
class Instagram:
    mode: Mode = Mode.OPEN
    signer: Signer = field(default_factory=Signer)

    def reset(self) -> None:
        self.mode = Mode.OPEN
        self.signer.lifetime_s = 24 * 3600

    def expire(self) -> None:
        self.signer.issue += 1

    async def __call__(self, ask: Ask) -> Reply:
        path = ask.path.rstrip("/") or "/"
        if self.mode is Mode.TOO_MANY:
            return page("Please wait a few minutes before you try again.", status=429)
        if not (ask.browser or self._signed_in(ask)) and _WALLED.match(path):
            return redirect(f"{_LOGIN}?next={quote(ask.path, safe='')}")
        if path == "/":
            return await self._feed()
        if path == "/api/graphql" and ask.method == "POST":
            return await self._graphql(ask)
        if path == "/api/v1/web/get_ruling_for_content":
            return self._ruling(ask)
        if found := re.fullmatch(r"/api/v1/media/(\d+)/info", path):
            return await self._api(ask, found[1])
        if path == "/accounts/login":
            return page(
                f"<!doctype html><title>Login • Instagram</title>{_TOKEN}<h1>Log in</h1>",
                status=400 if "fail" in ask.query else 200,
            )
        if found := re.fullmatch(r"/share/(?:reel|p)/([\w-]+)", path):
            return redirect(f"https://www.instagram.com/reel/{found[1]}/")
        if found := re.fullmatch(r"/_fixture/media/([\w-]+)/(\d+)\.(mp4|jpg)", path):
            return await _media(found[1], int(found[2]), "thumb.jpg" if found[3] == "jpg" else "video.mp4")
        if found := PERMALINK.fullmatch(path):
            return await self._permalink(ask, found[1], found[2])
        return missing()

    def _gate(self, post: Post, ask: Ask) -> Gate:
        if self._signed_in(ask):
            return Gate.OPEN
        return Gate.LOGIN if self.mode is Mode.LOGIN else post.gate

    @staticmethod
    def _signed_in(ask: Ask) -> bool:
        return ask.cookies.get("sessionid") == SESSION

    async def _graphql(self, ask: Ask) -> Reply:
        """``PolarisLoggedOutDesktopWWWPostRootContentQuery``, as yt-dlp sends it since June 2026."""
        form = {name: values[0] for name, values in parse_qs(ask.body.decode()).items()}
        trusted = (
            form.get("doc_id") == DOCUMENT
            and form.get("lsd") == ask.headers.get("x-fb-lsd") == pages.LSD
            and ask.headers.get("x-csrftoken") == ask.cookies.get("csrftoken") == CSRF
            and ask.headers.get("x-ig-app-id") == WEB_APP
        )
        if not trusted:
            return data({"message": "Please wait a few minutes before you try again.", "status": "fail"}, status=401)
        post = _by_number(str(json.loads(form["variables"])["media_id"]))
        if post is not None and self._gate(post, ask) is Gate.TOO_MANY:
            return page("Please wait a few minutes before you try again.", status=429)
        shown = post is not None and self._gate(post, ask) is Gate.OPEN
        media = await asyncio.to_thread(product, post, self.signer) if post and shown else None
        return data({"data": {"xig_polaris_media": {"if_not_gated_logged_out": media} if media else None}})

    async def _feed(self) -> Reply:
        return pages.feed([POSTS["Dsingle00001"], POSTS["Dcarousel001"], POSTS["Caaaaaaaaa1"]])

    async def _permalink(self, ask: Ask, kind: str, code: str) -> Reply:
        post = POSTS.get(code)
        if post is None:
            return missing("Sorry, this page isn't available.")
        match self._gate(post, ask):
            case Gate.LOGIN:
                return redirect(f"https://www.instagram.com/accounts/login/?next=%2Fp%2F{code}%2F")
            case Gate.TOO_MANY:
                return page("Please wait a few minutes before you try again.", status=429)
            case Gate.OPEN:
                media: Json | None = await asyncio.to_thread(product, post, self.signer)
            case _:
                media = None
        if kind == "reels":
            others = [one for one in POSTS.values() if one.code in ("Caaaaaaaaa1", "Cbbbbbbbbb2") and one.code != code]
            return pages.reels([post, *others], media)
        return pages.post(post, media, kind)

    def _ruling(self, ask: Ask) -> Reply:
        post = _by_number(ask.query.get("target_id", ""))
        restricted = post is not None and self._gate(post, ask) is Gate.RESTRICTED
        facts = {
            "title": "Restricted Video" if restricted else None,
            "description": "You must be 18 years old or over to see this video." if restricted else None,
            "status": "ok",
        }
        return data(facts, headers=COOKIES)

    async def _api(self, ask: Ask, number: str) -> Reply:
        if ask.cookies.get("sessionid") != SESSION:
            return redirect("https://www.instagram.com/accounts/login/?fail")
        post = _by_number(number)
        if post is None:
            return data({"message": "Media not found or unavailable", "status": "fail"}, status=400)
        media = await asyncio.to_thread(product, post, self.signer)
        return data({"items": [media], "num_results": 1, "status": "ok"}, headers=COOKIES)


@dataclass
class InstagramCdn:
    """``*.cdninstagram.com`` and ``*.fbcdn.net``: media by signed URLs."""

    site: Instagram

    async def __call__(self, ask: Ask) -> Reply:
        found = re.fullmatch(r"/o1/v/t16/f2/m86/([\w-]+)/(\d+)/([\w-]+\.\w+)", ask.path)
        if not found:
            return missing()
        if why := self.site.signer.refusal(ask.path, ask.query):
            return page(why, status=403)
        return await _media(found[1], int(found[2]), found[3])


async def _media(code: str, index: int, what: str) -> Reply:
    post = POSTS.get(code)
    if post is None or index >= len(post.items):
        return missing()
    item = post.items[index]
    recipes = {"video.mp4": item.progressive, "thumb.jpg": item.progressive}
    if item.is_video:
        recipes |= {"dash-video.mp4": item.stream("video"), "dash-audio.mp4": item.stream("audio")}
    if what not in recipes:
        return missing()
    path = await asyncio.to_thread(make, recipes[what])
    if what == "thumb.jpg":
        path = await asyncio.to_thread(thumbnail, path, seek_s=0.5, width=item.width)
    return file(path, headers={"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"})


def _by_number(number: str) -> Post | None:
    return next((post for post in POSTS.values() if str(number_of(post.code)) == number), None)
