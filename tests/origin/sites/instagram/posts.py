"""The posts that there are, by shortcode, and what each is made of."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from ...media import Pack, Recipe, Sound, make, x264
from ...media.mpd import adaptation_set, manifest
from ...media.recipes import Picture

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Gate(enum.StrEnum):
    """Who gets a post."""

    OPEN = "open"
    LOGIN = "login"
    """Logged-out visitors are sent to the login page: a wall, or the rate limit (the two look the same)."""
    RESTRICTED = "restricted"
    EMPTY = "empty"
    """The page comes, without the post."""
    TOO_MANY = "429"


class Mode(enum.StrEnum):
    """How the whole site is to a visitor."""

    OPEN = "open"
    LOGIN = "login"
    """A wall before every post."""
    TOO_MANY = "429"
    """Nothing but 429."""


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a post: a video of ``seconds``, or a photo (``seconds`` 0)."""

    seconds: float = 12.0
    width: int = 360
    height: int = 640
    manifest: bool = True
    """Whether the post carries a DASH manifest beside the progressive files."""
    sound: bool = True

    @property
    def is_video(self) -> bool:
        return self.seconds > 0

    @property
    def picture(self) -> Picture:
        return x264(width=self.width, height=self.height)

    @property
    def progressive(self) -> Recipe:
        return Recipe(self.seconds or 2.0, Pack.MP4_FRONT, self.picture, Sound() if self.sound else None)

    def stream(self, kind: str) -> Recipe:
        """``video`` or ``audio`` of the manifest: fMP4 with one sidx."""
        if kind == "video":
            return Recipe(self.seconds, Pack.FMP4, self.picture, None)
        return Recipe(self.seconds, Pack.FMP4, None, Sound("aac", bare=True))


@dataclass(frozen=True, slots=True)
class Post:
    code: str
    items: tuple[Item, ...] = (Item(),)
    caption: str = "Numbered pictures, timed sound #fixture"
    user: str = "fixture_user"
    gate: Gate = Gate.OPEN

    @property
    def pk(self) -> str:
        return str(number_of(self.code))


def number_of(code: str) -> int:
    """The media id that a shortcode spells in base 64."""
    number = 0
    for character in code:
        number = number * 64 + ALPHABET.index(character)
    return number


PHOTO = Item(0.0, 360, 450)
FEED = Item(10.0, 360, 450)

_POSTS = (
    Post("Caaaaaaaaa1", caption="First reel, with a manifest"),
    Post("Cbbbbbbbbb2", (Item(10.0, manifest=False),), caption="Second reel, progressive only"),
    Post("Dsingle00001", (FEED,), caption="A single video"),
    Post("Dcarousel001", (PHOTO, FEED), caption="A photo, then a video"),
    Post("Dcarousel002", (FEED, Item(8.0, 360, 450)), caption="Two videos"),
    Post("Dsilent00001", (Item(8.0, sound=False, manifest=False),), caption="No sound"),
    Post("Pphoto000001", (PHOTO,), caption="A photo alone"),
    Post("Lloginwall01", (FEED,), gate=Gate.LOGIN),
    Post("Rrestricted1", (FEED,), gate=Gate.RESTRICTED),
    Post("Eempty000001", (FEED,), gate=Gate.EMPTY),
    Post("Ttoomany0001", (FEED,), gate=Gate.TOO_MANY),
)
POSTS: dict[str, Post] = {post.code: post for post in _POSTS}


def dash_manifest(item: Item, video_url: str, audio_url: str) -> str:
    """``video_dash_manifest``: one representation of each kind, whole files with a sidx. Makes the media."""
    video = make(item.stream("video"))
    sets = [adaptation_set("video", video_url, video, item.stream("video"), representation="136v")]
    if item.sound:
        audio: Path = make(item.stream("audio"))
        sets.append(adaptation_set("audio", audio_url, audio, item.stream("audio"), representation="140ad"))
    return manifest(item.seconds, sets)
