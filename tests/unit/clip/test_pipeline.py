"""The engine put together, on the local internet: resume, expiry, doubt about a result, live."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clipferry.clip import pipeline
from clipferry.clip import verify as verification
from clipferry.clip.cut import CutReport
from clipferry.clip.errors import Cancelled, VerificationFailed
from clipferry.clip.extract.resolve import ResolveCache, Resolving
from clipferry.clip.http.network import Network
from clipferry.clip.model import ClipRequest, Output, OutputKind, Progress, Stage, StagedClip, Verification, Video
from clipferry.clip.progress import ProgressMeter
from clipferry.clip.run_context import RunContext
from origin import LocalInternet, verify

CLIP = "https://www.youtube.com/watch?v=AAAAAAAAAA1"
LIVE = "https://www.youtube.com/watch?v=LLLLLLLLLL1"

Make = Callable[..., StagedClip]


@pytest.fixture
def network(site: LocalInternet, monkeypatch: pytest.MonkeyPatch) -> Network:
    for name, value in site.env().items():
        monkeypatch.setenv(name, value)
    return Network.from_environment(site.env())


@pytest.fixture
def make(network: Network, tmp_path: Path) -> Make:
    def run(
        start_s: float | None, end_s: float | None, *, url: str = CLIP, height: int = 360, **more: object
    ) -> StagedClip:
        request = ClipRequest(url, start_s, end_s, Output(OutputKind.MP4, height))
        return pipeline.make_clip(request, staging_dir=tmp_path / "job", network=network, **more)  # type: ignore[arg-type]  # each test knows its own

    return run


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_result_lies_in_the_staging_folder_alone_with_its_bytes(make: Make, tmp_path: Path) -> None:
    made = make(3.3, 5.0)
    assert made.path.parent == tmp_path / "job"
    assert left_in(tmp_path / "job") == ["bytes", "clip.mp4"]
    assert made.name == "Fixture clip [0.03.300-0.05].mp4"
    assert verify.pictures(made.path).faults(99, 149) == []


def test_progress_tells_every_stage_in_order_and_never_falls(make: Make) -> None:
    told: list[Progress] = []
    seen: list[tuple[Video, int]] = []
    run = RunContext(ProgressMeter(told.append), on_video=lambda video: seen.append((video, len(told))))
    make(3.3, 9.7, run=run)
    stages = list(dict.fromkeys(one.stage for one in told))
    assert stages in (
        [Stage.RESOLVING, Stage.FETCHING, Stage.CUTTING, Stage.PROVING, Stage.PUBLISHING],
        [Stage.RESOLVING, Stage.FETCHING, Stage.PROVING, Stage.PUBLISHING],
    )
    assert [one.fraction for one in told] == sorted(one.fraction for one in told)
    assert any(one.total_bytes for one in told)
    assert seen[0][0].title == "Fixture clip"
    assert {one.stage for one in told[: seen[0][1]]} == {Stage.RESOLVING}


def test_bytes_of_an_attempt_that_was_stopped_are_used_again(make: Make, tmp_path: Path) -> None:
    got = 0

    def count(progress: Progress) -> None:
        nonlocal got
        got = progress.done_bytes

    with pytest.raises(Cancelled):
        make(3.3, 55.0, run=RunContext(ProgressMeter(count), lambda: got > 300_000))
    assert left_in(tmp_path / "job") == ["bytes"]
    again = make(3.3, 55.0)
    assert verify.pictures(again.path).faults(99, 1649) == []
    assert again.fetched_bytes + 200_000 < make(3.3, 55.0).size_bytes + got
    assert make(3.3, 55.0).fetched_bytes < 40_000, "everything is here already; the cover and nothing else is asked for"


def test_addresses_that_expire_in_the_middle_are_asked_for_again_once(
    make: Make, site: LocalInternet, tmp_path: Path
) -> None:
    expired: list[Progress] = []

    def expire(progress: Progress) -> None:
        if progress.done_bytes and not expired:
            expired.append(progress)
            site.expire_urls()

    site.shape(link_bps=400_000)  # so that there is a middle
    cache = Resolving(ResolveCache(tmp_path / "videos"))
    made = make(3.3, 9.7, resolving=cache, run=RunContext(ProgressMeter(expire)))
    assert expired, "after the first bytes, for both tracks"
    assert verify.pictures(made.path).faults(99, 290) == []
    assert site.counters("www.youtube.com", "/watch").requests == 2


def doubting(times: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A proof that fails at first; gives the paths that it saw."""
    seen: list[str] = []
    real = verification.verify_clip

    def verify(path: Path, report: CutReport, on_progress: Callable[[float], None]) -> Verification:
        seen.append(report.path.value)
        if len(seen) <= times:
            raise VerificationFailed(detail="for the test")
        return real(path, report, on_progress)

    monkeypatch.setattr(verification, "verify_clip", verify)
    return seen


def test_a_cut_that_does_not_pass_is_made_another_way(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = doubting(1, monkeypatch)
    made = make(3.3, 9.7)
    assert seen == ["smart", "reencode"]
    assert made.proof.path == "reencode"
    assert made.proof.note == "The first cut did not pass its check, so every frame was encoded again."
    assert verify.pictures(made.path).faults(99, 290) == []


def test_a_cut_that_never_passes_is_not_handed_out(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = doubting(99, monkeypatch)
    with pytest.raises(VerificationFailed):
        make(3.3, 9.7)
    assert seen == ["smart", "reencode"]
    assert left_in(tmp_path / "job") == ["bytes"]


def test_cancelled_before_anything(make: Make, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        make(3.3, 5.0, run=RunContext(cancelled=lambda: True))
    assert left_in(tmp_path / "job") == ["bytes"]


def test_a_piece_of_a_running_stream(make: Make) -> None:
    made = make(2.0, 6.0, url=LIVE)
    pictures = verify.pictures(made.path)
    assert pictures.first is not None and pictures.last is not None
    assert pictures.faults(pictures.first, pictures.last) == []
    assert pictures.last - pictures.first + 1 == 120


def test_the_whole_video_is_copied_as_it_is(make: Make) -> None:
    made = make(None, None)
    assert (made.proof.path, made.proof.copied_frames) == ("copy", 1800)
    assert made.name == "Fixture clip.mp4"


def test_an_end_a_little_past_the_end_is_the_end(make: Make) -> None:
    """Sites round the length, and people drag a handle to the very right."""
    made = make(58.0, 60.9)
    assert verify.pictures(made.path).faults(1740, 1799) == []
    assert made.name == "Fixture clip [0.58-1.00].mp4"
    assert made.end_s == pytest.approx(60.0, abs=0.001)
