"""The order of approaches, and what is remembered of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipferry.clip.errors import (
    ExtractorFailed,
    LoginRequired,
    NetworkError,
    NoFormats,
    PageReload,
    RateLimited,
    SiteError,
)
from clipferry.clip.extract.fallback import approaches, client_of, is_useless
from clipferry.clip.extract.site_query import Query
from clipferry.clip.extract.step_memory import StepMemory
from clipferry.clip.extract.ytdlp_adapter import player_clients
from clipferry.clip.http.network import Network
from clipferry.clip.model import Step

PAGE = "https://www.youtube.com/watch?v=AAAAAAAAAA1"


def steps(query: Query, *, youtube: bool = True) -> list[Step | None]:
    return [approach.step for approach in approaches(query, youtube=youtube)]


def test_the_usual_approach_is_first_and_each_is_tried_once() -> None:
    lent = Query(PAGE, Network(), cookie_file=Path("cookies.txt"))
    assert steps(lent) == [None, Step.UNMODIFIED, Step.OTHER_CLIENTS, Step.NO_SESSION]
    assert steps(Query(PAGE, Network())) == [None, Step.UNMODIFIED, Step.OTHER_CLIENTS]
    assert steps(Query(PAGE, Network()), youtube=False) == [None, Step.UNMODIFIED]


@pytest.mark.parametrize("preferred", list(Step))
def test_what_worked_before_is_first_where_it_is_possible(preferred: Step) -> None:
    found = steps(Query(PAGE, Network(), cookie_file=Path("cookies.txt"), preferred=preferred))
    assert found[0] is preferred
    assert len(found) == len(set(found)) == 4
    elsewhere = steps(Query(PAGE, Network(), preferred=preferred), youtube=False)
    assert elsewhere[0] is (preferred if preferred is Step.UNMODIFIED else None)


def test_a_client_to_avoid_leaves_other_clients_alone() -> None:
    assert steps(Query(PAGE, Network(), avoid="VISIONOS", preferred=Step.UNMODIFIED)) == [Step.OTHER_CLIENTS]


@pytest.mark.parametrize("error", [NoFormats(), SiteError(), ExtractorFailed(), PageReload()])
def test_answers_of_no_use(error: SiteError) -> None:
    assert is_useless(error)


@pytest.mark.parametrize("error", [LoginRequired(), RateLimited(), NetworkError()])
def test_answers_that_something_can_be_done_about(error: SiteError) -> None:
    assert not is_useless(error)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("https://rr1---sn-a.googlevideo.com/videoplayback?c=VISIONOS&itag=136", "VISIONOS"),
        ("https://rr1---sn-a.googlevideo.com/videoplayback?itag=136", None),
        ("https://video.example/videoplayback?c=VISIONOS", None),
        ("https://[", None),
    ],
)
def test_the_client_of_an_address(address: str, client: str | None) -> None:
    assert client_of(address) == client


def test_other_clients_are_known_to_yt_dlp_and_leave_out_the_refused_one() -> None:
    known = player_clients.others()
    assert {"visionos", "web_embedded"} <= set(known)
    assert "visionos" not in player_clients.others("VISIONOS")
    assert len(player_clients.others("TVHTML5")) < len(known)


def test_memory_is_of_one_site_and_is_forgotten_when_the_usual_approach_works(tmp_path: Path) -> None:
    memory = StepMemory(tmp_path / "videos")
    assert memory.preferred("youtube.com") is None
    memory.remember("youtube.com", Step.OTHER_CLIENTS)
    memory.remember("example.org", Step.UNMODIFIED)
    assert StepMemory(tmp_path / "videos").preferred("youtube.com") is Step.OTHER_CLIENTS
    memory.remember("youtube.com", None)
    assert (memory.preferred("youtube.com"), memory.preferred("example.org")) == (None, Step.UNMODIFIED)
    assert [path.name for path in (tmp_path / "videos").iterdir()] == ["steps"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"youtube.com": "of a later version"}', '{"youtube.com": 1}'])
def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "steps").write_text(text)
    memory = StepMemory(tmp_path)
    assert memory.preferred("youtube.com") is None
    memory.remember("youtube.com", Step.NO_SESSION)
    assert memory.preferred("youtube.com") is Step.NO_SESSION
