"""The videos that there are, by id, and the formats that each is offered in."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ...media import Pack, Picture, Recipe, Sound
from ...media.recipes import AV1, VP9, x264


class Case(enum.StrEnum):
    """How the site answers. The value, filled up with ``_`` to 11 characters, is also the id of a video of that kind."""

    OK = "ok"
    PRIVATE = "private"
    REMOVED = "removed"
    AGE_GATE = "age"
    """Asks for an age, but may be embedded: yt-dlp gets it as web_embedded, which needs a JavaScript runtime."""
    AGE_GATE_HARD = "agehard"
    GEO = "geo"
    BOT = "bot"
    RATE_LIMITED = "rate"
    PAGE_429 = "page429"
    """429 for the page only."""
    ALL_429 = "all429"
    """429 for the page and the player API."""
    MEMBERS = "members"
    DRM = "drm"
    UPCOMING = "upcoming"
    SABR = "sabr"
    """No URLs at all."""
    UNAVAILABLE = "unavail"
    KIDS = "kids"
    """Made for kids: visionos is refused."""
    AD = "preroll"
    """Plays, after an advertisement that yt-dlp waits for."""
    RELOAD = "reload"
    """Plays for visitors; who is signed in gets "the page needs to be reloaded" for ever (yt-dlp issue 17389)."""


class Outcome(enum.StrEnum):
    """What a player client is answered, where that differs from the film's case."""

    SABR = "sabr"
    """No addresses."""
    ONLY_18 = "only 18"
    """An address for the muxed 360p file, none for the others."""
    FORBIDDEN = "forbidden"
    """Addresses that are refused at once (403)."""


NEEDS_SESSION = frozenset({Case.PRIVATE, Case.MEMBERS, Case.AGE_GATE, Case.AGE_GATE_HARD, Case.BOT})
"""What opens for the one who is signed in."""


def case_id(case: Case) -> str:
    """The id of the catalogue's video of that kind, e.g. ``private____``."""
    return case.value.ljust(11, "_")


class Live(enum.StrEnum):
    NO = "no"
    NOW = "now"
    ENDED = "ended"
    """A moment ago: offered in numbered pieces (``ended.py``)."""


@dataclass(frozen=True, slots=True)
class Film:
    id: str
    title: str = "Fixture clip"
    seconds: float = 30.0
    case: Case = Case.OK
    itags: tuple[int, ...] = (134, 243, 140, 251)
    portrait: bool = False
    short: bool = False
    live: Live = Live.NO
    author: str = "Fixture channel"
    description: str = "Numbered pictures and timed sound."
    chapters: tuple[tuple[float, str], ...] = ()
    captions: tuple[str, ...] = ()
    dubs: tuple[str, ...] = ()
    """Languages of further audio tracks beside ``en``."""
    fps: int = 30
    outcomes: tuple[tuple[str, Outcome], ...] = ()
    """By client name (``VISIONOS``)."""
    bit_rate: int | None = None
    """Of a benchmark's film, which shows real pictures: video bits per second at 720p. ``None``: whatever the pictures need."""

    def outcome(self, client: str) -> Outcome | None:
        return dict(self.outcomes).get(client)

    @property
    def recipe_18(self) -> Recipe:
        """The muxed MP4 that the page's own player shows (same pictures, same sound)."""
        return Recipe(self.seconds, Pack.MP4_FRONT, _picture(self, 134), Sound("aac"))


@dataclass(frozen=True, slots=True)
class Itag:
    """One of YouTube's numbered formats."""

    number: int
    codec: str
    """Our own word: ``h264``, ``vp9``, ``av1``, ``aac``, ``opus``."""
    mime: str
    height: int = 0
    label: str = ""

    @property
    def audio(self) -> bool:
        return not self.height


ITAGS: dict[int, Itag] = {
    one.number: one
    for one in (
        Itag(18, "h264", 'video/mp4; codecs="avc1.42001E, mp4a.40.2"', 360, "360p"),
        Itag(134, "h264", 'video/mp4; codecs="avc1.4d401e"', 360, "360p"),
        Itag(136, "h264", 'video/mp4; codecs="avc1.4d401f"', 720, "720p"),
        Itag(137, "h264", 'video/mp4; codecs="avc1.640028"', 1080, "1080p"),
        Itag(243, "vp9", 'video/webm; codecs="vp9"', 360, "360p"),
        Itag(247, "vp9", 'video/webm; codecs="vp9"', 720, "720p"),
        Itag(396, "av1", 'video/mp4; codecs="av01.0.01M.08"', 360, "360p"),
        Itag(398, "av1", 'video/mp4; codecs="av01.0.05M.08"', 720, "720p"),
        Itag(140, "aac", 'audio/mp4; codecs="mp4a.40.2"', 0, "AUDIO_QUALITY_MEDIUM"),
        Itag(251, "opus", 'audio/webm; codecs="opus"', 0, "AUDIO_QUALITY_MEDIUM"),
    )
}


def recipe_of(film: Film, itag: int) -> Recipe:
    """The media behind a format: closed GOPs of 5 s, fMP4 with one sidx, WebM with Cues in front, m4a from 0 without an edit list."""
    if itag == 18:
        return film.recipe_18
    one = ITAGS[itag]
    pack = Pack.WEBM_FRONT if "webm" in one.mime else Pack.FMP4
    if one.audio:
        return Recipe(film.seconds, pack, None, Sound("aac", bare=True) if one.codec == "aac" else Sound("libopus"))
    return Recipe(film.seconds, pack, _picture(film, itag), None)


def _picture(film: Film, itag: int) -> Picture:
    one = ITAGS[itag]
    height = one.height
    width = height * 16 // 9
    if film.portrait:
        width, height = height, width
    share = {"h264": 1.0, "vp9": 0.93, "av1": 0.35}[one.codec]
    rate = round(film.bit_rate * share * (one.height / 720) ** 1.5) if film.bit_rate else None
    limit = (("-b:v", str(rate)), ("-maxrate", str(rate * 3 // 2)), ("-bufsize", str(rate * 2))) if rate else ()
    base = {
        "h264": replace(x264(), encoder=(("-preset", "veryfast"), ("-bf", "2"), ("-profile:v", "main"), *limit)),
        "vp9": replace(VP9, encoder=(*VP9.encoder, ("-b:v", str(rate or 300_000)), ("-auto-alt-ref", "0"))),
        "av1": replace(AV1, encoder=(("-preset", "12"), ("-b:v", str(rate))) if rate else AV1.encoder),
    }[one.codec]
    return replace(base, width=width, height=height, fps=Fraction(film.fps), real=film.bit_rate is not None)


FULL = (134, 136, 243, 396, 140, 251)
CHAPTERS = ((0.0, "Opening"), (10.0, "Middle: the turn"), (22.5, "End"))

_FILMS = (
    Film("AAAAAAAAAA1", "Fixture clip", 60.0, itags=FULL, chapters=CHAPTERS, captions=("en", "de", "a.en")),
    Film("AAAAAAAAAA2", "Second fixture: “quotes” / slashes & 🎬", 30.0),
    Film("AAAAAAAAAA3", "Dubbed fixture", 20.0, dubs=("de",)),
    Film("AAAAAAAAAA4", "Every format", 20.0, itags=(134, 136, 243, 247, 396, 398, 140, 251)),
    Film("AAAAAAAAA60", "Sixty pictures a second", 20.0, fps=60),
    Film("SSSSSSSSSS1", "Short one", 12.0, portrait=True, short=True),
    Film("SSSSSSSSSS2", "Short two", 10.0, portrait=True, short=True),
    Film("LLLLLLLLLL1", "Live fixture", 60.0, live=Live.NOW, itags=(134, 140)),
    Film("LLLLLLLLLL2", "Ended fixture", 60.0, live=Live.ENDED, itags=(134, 140)),
    # For benchmarks only: made at first use, which takes minutes.
    Film("BENCH3MINxx", "Bench 3 min", 180.0, itags=(134, 136, 140), bit_rate=1_390_000),
    Film("BENCH1080Px", "Bench 1080p", 180.0, itags=(137, 140), bit_rate=1_390_000),
    Film("BENCH10MINx", "Bench 10 min", 600.0, itags=(136, 247, 398, 140, 251), bit_rate=1_390_000),
    Film("BENCH2Hxxxx", "Bench 2 h", 7200.0, itags=(134, 140), bit_rate=1_390_000),
    *(
        Film(case_id(case), f"Case {case.value}", 12.0, case=case, itags=(134, 140))
        for case in Case
        if case is not Case.OK
    ),
)
FILMS: dict[str, Film] = {film.id: film for film in _FILMS}


@dataclass
class Catalogue:
    """The films, and those that a test added or changed."""

    films: dict[str, Film] = field(default_factory=lambda: dict(FILMS))

    def get(self, video_id: str) -> Film | None:
        return self.films.get(video_id)

    def add(self, film: Film) -> None:
        self.films[film.id] = film

    def reset(self) -> None:
        self.films = dict(FILMS)
