"""Where YouTube's usual answer is of no use, other approaches are tried: each once, and none after 429."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from cli.conftest import WATCH, CommandLine
from origin import Case, Film, LocalInternet, Outcome, case_id, verify

MARKS = ("--start", "4", "--end", "7")
SIGNED_IN = {"SAPISID": "fixture", "__Secure-3PAPISID": "fixture", "LOGIN_INFO": "fixture-session"}
PLAYER_API = "/youtubei/v1/player"


def add(site: LocalInternet, **outcomes: Outcome) -> str:
    """Add a film whose clients are answered as told; the others as always. Returns its address."""
    film = Film("FFFFFFFFFF1", "Awkward film", 20.0, itags=(134, 136, 140), outcomes=tuple(outcomes.items()))
    site.add_film(film)
    site.prepare(film.id)
    return WATCH + film.id


def served(site: LocalInternet) -> set[str]:
    """Names of the clients whose addresses gave bytes."""
    return {parse_qs(entry.query)["c"][0] for entry in site.log("*.googlevideo.com") if entry.status in (200, 206)}


def take(cli: CommandLine, url: str) -> None:
    """Take the clip, and see that it is exact and in 720p."""
    answer = cli.clip(url, *MARKS)
    assert answer.code == 0, answer.err
    assert verify.pictures(answer.path).faults(120, 209) == []
    assert answer.said["proof"]["height"] == 720


@pytest.mark.parametrize("outcome", [Outcome.SABR, Outcome.ONLY_18, Outcome.FORBIDDEN])
def test_another_client_where_the_usual_one_gets_no_addresses_that_work(
    cli: CommandLine, site: LocalInternet, outcome: Outcome
) -> None:
    take(cli, add(site, VISIONOS=outcome))
    assert served(site) <= {"WEB_EMBEDDED_PLAYER", "TVHTML5"}
    first = len(site.log("www.youtube.com", PLAYER_API))
    take(cli, add(site, VISIONOS=outcome))
    assert len(site.log("www.youtube.com", PLAYER_API)) == first, "the second clip finds the video in the cache"


def test_what_worked_is_tried_first_with_the_next_video(cli: CommandLine, site: LocalInternet) -> None:
    take(cli, add(site, VISIONOS=Outcome.SABR))
    site.clear_log()
    other = site.add_film(
        Film("FFFFFFFFFF2", "Another", 20.0, itags=(134, 136, 140), outcomes=(("VISIONOS", Outcome.SABR),))
    )
    site.prepare(other.id)
    take(cli, WATCH + other.id)
    assert len(site.log("www.youtube.com", "/watch")) == 1, (
        "the usual approach, which gave nothing, would load the page as well"
    )


@pytest.mark.parametrize("usual", [Outcome.ONLY_18, Outcome.FORBIDDEN])
def test_360p_is_taken_where_no_client_gets_more_and_said(
    cli: CommandLine, site: LocalInternet, usual: Outcome
) -> None:
    others = dict.fromkeys(("WEB_EMBEDDED_PLAYER", "TVHTML5"), Outcome.ONLY_18)
    answer = cli.clip(add(site, VISIONOS=usual, **others), *MARKS)
    assert answer.code == 0, answer.err
    assert verify.pictures(answer.path).faults(120, 209) == []
    assert answer.said["proof"]["height"] == 360
    assert "nothing better than 360p" in answer.said["proof"]["note"]


def test_a_session_with_which_the_page_wants_to_be_reloaded_is_left_out(
    cli: CommandLine, site: LocalInternet, tmp_path: Path
) -> None:
    cookies = tmp_path / "cookies.txt"
    lines = [f".youtube.com\tTRUE\t/\tTRUE\t0\t{name}\t{value}" for name, value in SIGNED_IN.items()]
    cookies.write_text("# Netscape HTTP Cookie File\n" + "\n".join(lines) + "\n")
    answer = cli.clip(WATCH + case_id(Case.RELOAD), *MARKS, "--cookies", cookies)
    assert answer.code == 0, answer.err
    assert verify.pictures(answer.path).faults(120, 209) == []


def test_nothing_more_is_asked_of_a_site_that_wants_fewer_requests(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(WATCH + case_id(Case.ALL_429), *MARKS)
    assert answer.said["error"]["code"] == "rate_limited"
    assert len(site.log("www.youtube.com", "/watch")) == 1


def test_each_approach_is_tried_once(cli: CommandLine, site: LocalInternet) -> None:
    answer = cli.clip(WATCH + case_id(Case.SABR), *MARKS)
    assert answer.said["error"]["code"] == "no_formats"
    assert len(site.log("www.youtube.com", "/watch")) == 3, "as usual, yt-dlp unmodified, other clients"
