"""The pages: watch (delhi and classic player), Shorts, embeds, home."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from ...reply import Reply, page
from ..templates import fill, script, text
from .films import Case, Film, Live

T = "youtube/templates/"
STS = 20683
PLAYER_JS = "/s/player/0badcafe/player_ias.vflset/en_US/base.js"


def csp(nonce: str) -> dict[str, str]:
    """YouTube's own policy in what matters to extensions: Trusted Types, and scripts by nonce only."""
    return {
        "Content-Security-Policy": f"require-trusted-types-for 'script'; script-src 'nonce-{nonce}' 'strict-dynamic'; object-src 'none'; base-uri 'self'",
        "X-Frame-Options": "SAMEORIGIN",
        "Set-Cookie": "VISITOR_INFO1_LIVE=fixture; Domain=.youtube.com; Path=/; Secure; HttpOnly; SameSite=None",
    }


def watch(
    film: Film,
    response: Mapping[str, object],
    facts: Mapping[str, object],
    *,
    classic: bool = False,
    signed_in: bool = False,
    clip: tuple[int, int] | None = None,
) -> Reply:
    nonce = secrets.token_urlsafe(16)
    chapters = "".join(
        f'<ytd-macro-markers-list-item-renderer><a href="/watch?v={film.id}&amp;t={at:g}s"><div id="details"><h3>{text(title)}</h3>'
        f'<div id="time">{clock(at)}</div></div></a></ytd-macro-markers-list-item-renderer>'
        for at, title in film.chapters
    )
    html = fill(
        T + "watch.html",
        id=film.id,
        title=text(film.title),
        author=text(film.author),
        seconds=str(round(film.seconds)),
        duration=clock(film.seconds),
        nonce=nonce,
        ytcfg=script(_ytcfg("WEB", signed_in)),
        player_response=script(_web_response(film, response)),
        initial_data=script(initial_data(film, clip)),
        delhi="" if classic else "ytp-delhi-modern",
        time_delhi="" if classic else "ytp-time-wrapper-delhi",
        right_controls=fill(T + ("right_classic.html" if classic else "right_delhi.html")),
        not_live="" if film.live is Live.NOW else "hidden",
        chapters=chapters,
        related='<a href="/watch?v=AAAAAAAAAA2">Second fixture</a>',
        player_js=fill(T + "player.js"),
        page_js=fill(T + "watch.js", film=script(facts)),
    )
    return page(html, headers=csp(nonce))


def mobile(film: Film, response: Mapping[str, object], facts: Mapping[str, object]) -> Reply:
    nonce = secrets.token_urlsafe(16)
    html = fill(
        T + "mobile.html",
        title=text(film.title),
        duration=clock(film.seconds),
        nonce=nonce,
        ytcfg=script(_ytcfg("MWEB")),
        player_response=script(_web_response(film, response)),
        initial_data=script(initial_data(film)),
        player_js=fill(T + "player.js"),
        page_js=fill(T + "mobile.js", film=script(facts)),
    )
    return page(html, headers=csp(nonce))


def shorts(
    film: Film, response: Mapping[str, object], facts: Mapping[str, object], following: list[dict[str, object]]
) -> Reply:
    nonce = secrets.token_urlsafe(16)
    html = fill(
        T + "shorts.html",
        id=film.id,
        title=text(film.title),
        nonce=nonce,
        ytcfg=script(_ytcfg("WEB")),
        player_response=script(_web_response(film, response)),
        initial_data=script(initial_data(film)),
        player_js=fill(T + "player.js"),
        page_js=fill(T + "shorts.js", films=script([facts, *following])),
        slots="".join(_slot(index, str(one["id"])) for index, one in enumerate(following, start=1)),
    )
    return page(html, headers=csp(nonce))


def embed(film: Film, response: Mapping[str, object], facts: Mapping[str, object]) -> Reply:
    nonce = secrets.token_urlsafe(16)
    html = fill(
        T + "embed.html",
        id=film.id,
        title=text(film.title),
        nonce=nonce,
        ytcfg=script(_ytcfg("WEB_EMBEDDED_PLAYER")),
        player_response=script(_web_response(film, response)),
        player_js=fill(T + "player.js"),
        page_js=fill(T + "embed.js", film=script(facts)),
    )
    headers = csp(nonce)
    del headers["X-Frame-Options"]
    return page(html, headers=headers)


def initial_data(film: Film, clip: tuple[int, int] | None = None) -> dict[str, object]:
    owner = {
        "title": {"runs": [{"text": film.author}]},
        "navigationEndpoint": {
            "browseEndpoint": {"browseId": "UCfixturefixturefixture1", "canonicalBaseUrl": "/@fixture"}
        },
    }
    contents = [
        {
            "videoPrimaryInfoRenderer": {
                "title": {"runs": [{"text": film.title}]},
                "viewCount": {"videoViewCountRenderer": {"viewCount": {"simpleText": "1,234,567 views"}}},
            }
        },
        {"videoSecondaryInfoRenderer": {"owner": {"videoOwnerRenderer": owner}}},
    ]
    found: dict[str, object] = {
        "contents": {"twoColumnWatchNextResults": {"results": {"results": {"contents": contents}}}}
    }
    if film.case is Case.KIDS:
        notice = {"text": {"simpleText": "Comments are turned off. This video is made for kids."}}
        found["alerts"] = [{"messageRenderer": notice}]
    if film.chapters:
        markers = [
            {
                "macroMarkersListItemRenderer": {
                    "title": {"simpleText": title},
                    "timeDescription": {"simpleText": clock(at)},
                }
            }
            for at, title in film.chapters
        ]
        panel = {
            "panelIdentifier": "engagement-panel-macro-markers-description-chapters",
            "content": {"macroMarkersListRenderer": {"contents": markers}},
        }
        found["engagementPanels"] = [{"engagementPanelSectionListRenderer": panel}]
    if clip:
        found["currentVideoEndpoint"] = {"watchEndpoint": {"videoId": film.id}}
        found["engagementPanels"] = [_clip_panel(*clip)]
    return found


def _clip_panel(start_ms: int, end_ms: int) -> dict[str, object]:
    """Where a ``/clip/`` page keeps its range."""
    loop = {"commands": [{"loopCommand": {"startTimeMs": str(start_ms), "endTimeMs": str(end_ms), "loop": True}}]}
    button = {"buttonRenderer": {"command": {"commandExecutorCommand": loop}}}
    popup = {"openPopupAction": {"popup": {"notificationActionRenderer": {"actionButton": button}}}}
    attribution = {"clipAttributionRenderer": {"onScrubExit": {"commandExecutorCommand": {"commands": [popup]}}}}
    return {"engagementPanelSectionListRenderer": {"content": {"clipSectionRenderer": {"contents": [attribution]}}}}


def tv() -> Reply:
    """The page of television sets: there is nothing to see, but its settings are read."""
    return page(f"<!doctype html><title>YouTube on TV</title><script>ytcfg.set({script(_ytcfg('TVHTML5'))});</script>")


def home(film: Film) -> Reply:
    """Without a video: the watch page's elements are not there until one is opened."""
    nonce = secrets.token_urlsafe(16)
    return page(
        fill(T + "home.html", nonce=nonce, ytcfg=script(_ytcfg("WEB")), id=film.id, title=text(film.title)),
        headers=csp(nonce),
    )


def clock(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def base_js() -> Reply:
    return Reply(body=fill(T + "base.js", sts=str(STS)).encode(), content_type="text/javascript; charset=utf-8")


def iframe_api() -> Reply:
    return Reply(
        body=f"var scriptUrl = 'https:\\/\\/www.youtube.com{PLAYER_JS.replace('/', chr(92) + '/')}';".encode(),
        content_type="text/javascript",
    )


def _ytcfg(client: str, signed_in: bool = False) -> dict[str, object]:
    number, version = {
        "WEB": (1, "2.20260818.01.00"),
        "MWEB": (2, "2.20260818.01.00"),
        "WEB_EMBEDDED_PLAYER": (56, "1.20260818.01.00"),
        "TVHTML5": (7, "7.20260818.01.00"),
    }[client]
    context = {
        "client": {"clientName": client, "clientVersion": version, "hl": "en", "gl": "US", "visitorData": "Cgtmaxture"}
    }
    if client == "WEB_EMBEDDED_PLAYER":
        context["thirdParty"] = {"embedUrl": "https://www.reddit.com/"}
    return {
        "PLAYER_JS_URL": PLAYER_JS,
        "STS": STS,
        "INNERTUBE_API_KEY": "AIzafixture",
        "INNERTUBE_CLIENT_NAME": client,
        "INNERTUBE_CLIENT_VERSION": version,
        "INNERTUBE_CONTEXT": context,
        "INNERTUBE_CONTEXT_CLIENT_NAME": number,
        "VISITOR_DATA": "Cgtmaxture",
        "LOGGED_IN": signed_in,
    }


def _web_response(film: Film, response: Mapping[str, object]) -> dict[str, object]:
    """The page's own player response also tells the date and where the video may be seen."""
    facts = {
        "publishDate": "2026-01-02T03:04:05-07:00",
        "uploadDate": "2026-01-02T03:04:05-07:00",
        "category": "Education",
        "isFamilySafe": True,
        "isShortsEligible": film.short,
        "availableCountries": ["CA", "US"],
        "ownerChannelName": film.author,
        "ownerProfileUrl": "http://www.youtube.com/@fixture",
        "lengthSeconds": str(round(film.seconds)),
        "liveBroadcastDetails": {"isLiveNow": True, "startTimestamp": "2026-01-02T03:04:05+00:00"}
        if film.live is Live.NOW
        else None,
    }
    return {
        **response,
        "microformat": {
            "playerMicroformatRenderer": {name: value for name, value in facts.items() if value is not None}
        },
    }


def _slot(index: int, video_id: str) -> str:
    style = f"background-image:url(https://i.ytimg.com/vi/{video_id}/oardefault.jpg)"
    return f'<div id="{index}" class="reel-video-in-sequence-new"><div class="reel-video-in-sequence-thumbnail" style="{style}"></div></div>'
