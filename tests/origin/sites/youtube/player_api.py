"""``/youtubei/v1/player``: what each client is told about a video. As yt-dlp 2026.8.19 reads it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ...media import make
from . import ended, signing
from .films import ITAGS, NEEDS_SESSION, Case, Film, Live, Outcome, recipe_of

Json = dict[str, object]

DIRECT = frozenset({"VISIONOS", "ANDROID", "ANDROID_VR", "IOS", "TVHTML5_SIMPLY"})
"""Clients that get plain URLs; those of :data:`signing.NEEDS_POT` among them work only with a token."""
CIPHERED = frozenset({"WEB_EMBEDDED_PLAYER"})
SERVER = "rr{number}---sn-local.googlevideo.com"


@dataclass(slots=True)
class Player:
    """Makes player responses. ``now``: Unix time."""

    clock: signing.Clock = field(default_factory=signing.Clock)

    async def response(self, film: Film, client: str, now: float, *, signed_in: bool = False) -> Json:
        verdict = _verdict(film, client, signed_in)
        details: Json = {
            "videoId": film.id,
            "title": film.title,
            "lengthSeconds": str(round(film.seconds)) if film.live is Live.NO else "0",
            "channelId": "UCfixturefixturefixture1",
            "author": film.author,
            "shortDescription": film.description,
            "viewCount": "1234567",
            "keywords": ["fixture", "numbers"],
            "isLiveContent": film.live is not Live.NO,
            "thumbnail": {
                "thumbnails": [{"url": f"https://i.ytimg.com/vi/{film.id}/hqdefault.jpg", "width": 480, "height": 360}]
            },
        }
        answer: Json = {
            "responseContext": {},
            "playabilityStatus": verdict,
            "videoDetails": details,
            "storyboards": {"playerStoryboardSpecRenderer": {"spec": _storyboard(film)}},
        }
        if film.case is Case.UPCOMING:
            details["isUpcoming"] = True
        if verdict["status"] != "OK":
            return answer
        if film.captions:
            answer["captions"] = {"playerCaptionsTracklistRenderer": _captions(film, now)}
        if film.case is Case.AD:
            answer["adPlacements"] = [_advertisement()]
        if film.live is Live.NOW:
            details["isLive"] = True
            master = f"https://manifest.googlevideo.com/api/manifest/hls_variant/id/{film.id}/playlist/index.m3u8"
            answer["streamingData"] = {"expiresInSeconds": "21540", "hlsManifestUrl": master}
            return answer
        if film.live is Live.ENDED:
            details["isPostLiveDvr"] = True
        streaming: Json = {
            "expiresInSeconds": str(round(self.clock.lifetime_s)),
            "adaptiveFormats": [await self._format(film, itag, client, now, lang) for itag, lang in _tracks(film)],
        }
        if film.outcome(client) is Outcome.ONLY_18:
            streaming["formats"] = [await self._format(film, 18, client, now, "")]
        answer["streamingData"] = streaming
        return answer

    async def _format(self, film: Film, itag: int, client: str, now: float, lang: str) -> Json:
        one = ITAGS[itag]
        path = await asyncio.to_thread(make, recipe_of(film, itag))
        size = path.stat().st_size
        rate = round(size * 8 / film.seconds)
        facts: Json = {
            "itag": itag,
            "mimeType": one.mime,
            "bitrate": rate * 2,
            "averageBitrate": rate,
            "contentLength": str(size),
            "approxDurationMs": str(round(film.seconds * 1000)),
            "lastModified": "1767225600000000",
            "projectionType": "RECTANGULAR",
        }
        if film.live is Live.ENDED:
            facts["targetDurationSec"] = ended.PIECE_S
        if one.audio:
            facts |= {"audioQuality": one.label, "audioSampleRate": "48000", "audioChannels": 2, "quality": "tiny"}
            if lang:
                facts["audioTrack"] = {"id": f"{lang}.4", "displayName": lang, "audioIsDefault": lang == "en"}
        else:
            recipe = recipe_of(film, itag)
            assert recipe.picture
            facts |= {"width": recipe.picture.width, "height": recipe.picture.height, "fps": film.fps}
            facts |= {"qualityLabel": one.label, "quality": "hd720" if one.height >= 720 else "medium"}
        if film.case is Case.DRM:
            facts["drmFamilies"] = ["WIDEVINE"]
        if film.case is Case.SABR or client not in DIRECT | CIPHERED | {"TVHTML5"}:
            return facts
        if film.outcome(client) is Outcome.SABR or (film.outcome(client) is Outcome.ONLY_18 and itag != 18):
            return facts
        query = self.query(film, itag, client, now, size, lang)
        host = SERVER.format(number=itag % 6 + 1)
        if client in CIPHERED:
            secret = query.pop("sig")
            facts["signatureCipher"] = urlencode(
                {"s": signing.scramble(secret), "sp": "sig", "url": signing.url(host, query)}
            )
        else:
            facts["url"] = signing.url(host, query)
        return facts

    def query(self, film: Film, itag: int, client: str, now: float, size: int, lang: str = "") -> dict[str, str]:
        """The signed parameters of a media URL."""
        query = {
            "expire": str(round(now + self.clock.lifetime_s)),
            "ei": f"{round(now * 1000):x}-{self.clock.issue}",
            "ip": "127.0.0.1",
            "id": f"o-{film.id}",
            "itag": str(itag),
            "source": "youtube",
            "requiressl": "yes",
            "mime": ITAGS[itag].mime.partition(";")[0],
            "clen": str(size),
            "dur": f"{film.seconds:.3f}",
            "lmt": "1767225600000000",
            "c": client,
            "sparams": ",".join(signing.SIGNED),
        }
        if lang:
            query["lang"] = lang
        if client in signing.NEEDS_N:
            query["n"] = signing.challenge(query)
        return query | {"sig": signing.signature(query)}

    async def page_media(self, film: Film, now: float) -> str:
        """The URL that the page's own player takes: a browser holds the token that yt-dlp has not."""
        path = await asyncio.to_thread(make, film.recipe_18)
        query = self.query(film, 18, "WEB", now, path.stat().st_size)
        return signing.url(SERVER.format(number=1), query | {"pot": "page"})


def _tracks(film: Film) -> list[tuple[int, str]]:
    tracks: list[tuple[int, str]] = []
    for itag in film.itags:
        if ITAGS[itag].audio and film.dubs:
            tracks += [(itag, lang) for lang in ("en", *film.dubs)]
        else:
            tracks.append((itag, ""))
    return tracks


def _error(status: str, reason: str, subreason: str = "", **more: object) -> Json:
    screen: Json = {"reason": {"simpleText": reason}}
    if subreason:
        screen["subreason"] = {"simpleText": subreason}
    return {"status": status, "reason": reason, "errorScreen": {"playerErrorMessageRenderer": screen}, **more}


def _verdict(film: Film, client: str, signed_in: bool) -> Json:
    """playabilityStatus, case by case (facts file, section 2)."""
    okay: Json = {"status": "OK", "playableInEmbed": True}
    embedded = client in ("WEB_EMBEDDED_PLAYER", "TVHTML5_SIMPLY_EMBEDDED_PLAYER")
    if signed_in and not embedded and film.case in NEEDS_SESSION:
        return okay
    match film.case:
        case Case.PRIVATE:
            return _error("LOGIN_REQUIRED", "Private video", "Sign in if you've been granted access to this video")
        case Case.REMOVED:
            return _error("ERROR", "Video unavailable", "This video has been removed by the uploader")
        case Case.UNAVAILABLE:
            return _error("ERROR", "Video unavailable", "This video is unavailable")
        case Case.AGE_GATE if embedded:
            return okay
        case Case.AGE_GATE_HARD if embedded:
            return _error("UNPLAYABLE", "Video unavailable", "This video is not available in embedded players")
        case Case.AGE_GATE | Case.AGE_GATE_HARD:
            text = "This video may be inappropriate for some users."
            return _error("LOGIN_REQUIRED", "Sign in to confirm your age", text, desktopLegacyAgeGateReason=1)
        case Case.GEO:
            text = "The uploader has not made this video available in your country"
            return _error("UNPLAYABLE", "Video unavailable", text)
        case Case.BOT:
            return _error("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot", "This helps protect our community.")  # noqa: RUF001 - the site writes it so
        case Case.RATE_LIMITED:
            return _error("ERROR", "Video unavailable", "This content isn't available, try again later.")
        case Case.MEMBERS:
            return _error(
                "UNPLAYABLE",
                "Join this channel to get access to members-only content like this video, and other exclusive perks.",
            )
        case Case.UPCOMING:
            slate: Json = {
                "liveStreamOfflineSlateRenderer": {
                    "scheduledStartTime": "4102444800",
                    "mainText": {"simpleText": "Premieres in 3 hours"},
                }
            }
            return {
                "status": "LIVE_STREAM_OFFLINE",
                "reason": "Premieres in 3 hours",
                "liveStreamability": {"liveStreamabilityRenderer": {"offlineSlate": slate}},
            }
        case Case.RELOAD if signed_in:
            return _error("UNPLAYABLE", "The page needs to be reloaded.")
        case Case.KIDS if client == "VISIONOS":
            return _error("UNPLAYABLE", "This video is not available")
    if client == "WEB_CREATOR":
        return _error("LOGIN_REQUIRED", "Please sign in")
    return okay


def _storyboard(film: Film) -> str:
    """Two levels of eight ``#`` fields: width, height, count, columns, rows, interval in ms, name, signature."""
    count = max(1, round(film.seconds / 2))
    levels = f"48#27#100#10#10#0#default#rs$sig0|80#45#{count}#10#10#2000#M$M#rs$sig1"
    return f"https://i.ytimg.com/sb/{film.id}/storyboard3_L$L/$N.jpg?sqp=x|{levels}"


def _captions(film: Film, now: float) -> Json:
    tracks = []
    for name in film.captions:
        automatic = name.startswith("a.")
        language = name.removeprefix("a.")
        query = urlencode(
            {"v": film.id, "lang": language, "expire": round(now + 21600), **({"kind": "asr"} if automatic else {})}
        )
        track: Json = {
            "baseUrl": f"https://www.youtube.com/api/timedtext?{query}",
            "name": {"simpleText": language + (" (auto-generated)" if automatic else "")},
            "vssId": f"a.{language}" if automatic else f".{language}",
            "languageCode": language,
            "isTranslatable": True,
        }
        if automatic:
            track["kind"] = "asr"
        tracks.append(track)
    return {
        "captionTracks": tracks,
        "audioTracks": [{"captionTrackIndices": list(range(len(tracks)))}],
        "translationLanguages": [],
    }


def _advertisement() -> Json:
    renderer = {"instreamVideoAdRenderer": {"playerVars": "length_seconds=6"}}
    return {
        "adPlacementRenderer": {
            "config": {"adPlacementConfig": {"kind": "AD_PLACEMENT_KIND_START"}},
            "renderer": renderer,
        }
    }
