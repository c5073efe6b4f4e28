"""Every sentence that a site refuses with reaches the person as the right kind of error."""

import pytest

from clipferry.clip.errors import RateLimited, all_kinds
from clipferry.clip.extract.ytdlp_errors import plain_words, refusal

# Verbatim from yt-dlp 2026.8.19 run against the local internet, and from its extractors.
SAID = [
    (
        "[Instagram] C: Restricted Video: You must be 18 years old or over to see this video.. Use --cookies",
        "age_restricted",
    ),
    (
        "[youtube] x: Sign in to confirm your age. This video may be inappropriate for some users. Use --cookies-from-browser or --cookies",
        "age_restricted",
    ),
    (
        "[youtube] x: Sign in to confirm you\u2019re not a bot. Use --cookies-from-browser or --cookies for the authentication.",
        "login_required",
    ),
    ("[youtube] x: Private video. Sign in if you've been granted access to this video", "private_video"),
    ("[youtube] x: This video has been removed by the uploader", "removed_video"),
    ("[youtube] x: Video unavailable", "removed_video"),
    (
        "[youtube] x: Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.",
        "removed_video",
    ),
    (
        "[youtube] x: The uploader has not made this video available in your country\nThis video is available in Canada, United States.\nYou might want to use a VPN or a proxy server (with --proxy) to workaround.",
        "geo_blocked",
    ),
    (
        "[youtube] x: Video unavailable. This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour.",
        "rate_limited",
    ),
    (
        "[youtube] x: Join this channel to get access to members-only content like this video, and other exclusive perks.",
        "members_only",
    ),
    (
        "[youtube] x: This video is available to this channel's members on level: Fan (or any higher level). Join this channel to get access",
        "members_only",
    ),
    ("[youtube] x: This video is DRM protected", "drm_protected"),
    ("[youtube] x: Premieres in 3 hours", "not_started"),
    ("[youtube] x: This live event will begin in 20 minutes.", "not_started"),
    ("[youtube] x: Only images are available for download. use --list-formats to see them", "no_formats"),
    (
        "[youtube] x: Requested format is not available. Use --list-formats for a list of available formats",
        "no_formats",
    ),
    ("[youtube] x: No video formats found!", "no_formats"),
    ("[Instagram] C: There is no video in this post", "unsupported_site"),
    (
        "[Instagram] C: You have exceeded the rate-limit for accessing posts anonymously. Use --cookies",
        "login_required",
    ),
    (
        "[Instagram] C: Instagram sent an empty media response. Check if this post is accessible in your browser",
        "login_required",
    ),
    (
        "[Instagram] C: Unable to download webpage: HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many Requests>)",
        "rate_limited",
    ),
    ("[Instagram] 17: You need to log in to access this content", "login_required"),
    (
        "[generic] Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404: Not Found>)",
        "removed_video",
    ),
    ("Unsupported URL: https://example.org/", "unsupported_site"),
    (
        '[generic] \'foo\' is not a valid URL. Set --default-search "ytsearch" (or run yt-dlp "ytsearch:foo" ) to search YouTube',
        "invalid_url",
    ),
    (
        "[youtube] x: Unable to download API page: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)",
        "tls",
    ),
    (
        "[youtube] x: Unable to download API page: The read operation timed out (caused by TransportError('The read operation timed out'))",
        "network",
    ),
    (
        "[generic] x: Unable to download webpage: [Errno -2] Name or service not known (caused by TransportError(...))",
        "network",
    ),
    (
        "[youtube] x: Unable to download webpage: HTTP Error 500: Internal Server Error (caused by <HTTPError 500>)",
        "site_error",
    ),
    (
        "[youtube] AAAAAAAAAA1: AAAAAAAAAA1: An extractor error has occurred. (caused by KeyError('formats')); please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. Confirm you are on the latest version using  yt-dlp -U",
        "extractor_failed",
    ),
    (
        "[youtube] x: Failed to extract any player response; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. Confirm you are on the latest version using  yt-dlp -U",
        "site_error",
    ),
]


@pytest.mark.parametrize(("text", "code"), SAID)
def test_sentences_of_sites(text: str, code: str) -> None:
    error = refusal(f"\x1b[0;31mERROR:\x1b[0m {text}")
    assert error.code == code
    assert error.sentence and error.hint
    assert "please report" not in error.detail and "\x1b" not in error.detail


def test_a_429_on_the_way_explains_a_puzzling_end() -> None:
    error = refusal("[youtube] x: Failed to extract any player response", throttled=True, retry_after_s=30)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 30


def test_a_429_on_the_way_does_not_hide_a_clear_reason() -> None:
    assert refusal("[youtube] x: Private video. Sign in", throttled=True).code == "private_video"


@pytest.mark.parametrize(
    "text",
    [
        "[youtube] x: Unable to download webpage: ('Unable to connect to proxy', NewConnectionError('[Errno 111] refused'))",
        "[generic] Unable to download webpage: Tunnel connection failed: 407 Proxy Authentication Required",
        "[generic] Unable to download webpage: HTTPSConnectionPool(host='x', port=443): ProxyError('Cannot connect to proxy.')",
        "[youtube] x: Unable to download API page: SOCKS5 proxy error: Host unreachable (caused by ProxyError(...))",
    ],
)
def test_a_proxy_that_fails_is_named(text: str) -> None:
    error = refusal(text)
    assert error.code == "network"
    assert "proxy" in error.sentence
    assert "settings" in error.hint


def test_credentials_never_reach_the_log() -> None:
    assert plain_words("Unsupported URL: https://ann:secret@example.org/x") == "Unsupported URL: https://example.org/x"


def test_every_code_belongs_to_the_tree() -> None:
    assert {code for _, code in SAID} <= set(all_kinds())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ERROR: [Instagram] x: You have exceeded the rate-limit for accessing posts anonymously", "login_required"),
        ("ERROR: [TikTok] x: Unable to extract universal data for rehydration", "extractor_failed"),
        ("ERROR: [kick] x: The extractor is attempting impersonation, but no impersonate target is available", "extractor_failed"),
    ],
)  # fmt: skip
def test_an_impersonation_that_is_missing_is_named(text: str, code: str) -> None:
    told = refusal(text, impersonation_missing=True)
    assert (told.code, told.reason) == (code, "no_impersonation")
    assert "clipferry doctor" in told.hint
    assert refusal(text).reason != "no_impersonation"
    assert refusal("Private video", impersonation_missing=True).code == "private_video"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Failed to perform, curl: (60) SSL certificate OpenSSL verify result: unable to get local issuer (20)", "tls"),
        ("Failed to perform, curl: (28) Operation too slow. Less than 1 bytes/sec transferred", "network"),
    ],
)
def test_what_curl_reports_is_understood(text: str, code: str) -> None:
    assert code in refusal(f"Unable to download webpage: {text}").code
