"""Which version is in use, which is gone back to, and which is never offered again."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipferry.ytdlp import state, versions
from clipferry.ytdlp.state import State
from clipferry.ytdlp.versions import Versions, forget_resolved, resolved_by

VERSIONS = st.sampled_from([f"2030.{month}.{day}" for month in (1, 2, 3) for day in (1, 2, 3)])
STEPS = st.lists(st.tuples(st.sampled_from(["taken", "back", "refused", "checked"]), VERSIONS), max_size=30)


def follow(steps: list[tuple[str, str]]) -> list[State]:
    """The states through which ``steps`` lead, as the updater takes them: only what is offered is taken."""
    now, seen = State(), []
    for step, version in steps:
        if step == "taken":
            now = state.checked(now, version, 1.0)
            if state.offer(now, now.current or "2026.1.1"):
                now = state.taken(now, version, 2.0)
        elif step == "back" and now.current:
            now = state.back(now, now.current, "why")
        elif step == "refused" and version != now.current:
            now = state.refused(now, version, None)
        seen.append(now)
    return seen


@given(STEPS)
def test_what_is_in_use_was_never_refused_and_the_way_back_is_older(steps: list[tuple[str, str]]) -> None:
    for now in follow(steps):
        assert now.current not in now.refused
        assert len(now.earlier) <= state.KEPT
        line = [one for one in (now.current, *now.earlier) if one]
        assert all(state.is_newer(later, than=before) for later, before in itertools.pairwise(line))


@given(STEPS)
def test_going_back_ends_at_the_installed_one(steps: list[tuple[str, str]]) -> None:
    now = [State(), *follow(steps)][-1]
    for _ in range(state.KEPT + 1):
        if now.current is not None:
            now = state.back(now, now.current, None)
    assert now.current is None


@given(STEPS)
def test_a_state_is_read_as_it_was_written(steps: list[tuple[str, str]]) -> None:
    for now in follow(steps):
        assert State.from_json(json.loads(json.dumps(now.to_json()))) == now


def test_a_file_of_another_version_is_read_and_keeps_what_is_unknown(tmp_path: Path) -> None:
    known = Versions(tmp_path)
    (tmp_path / "current.json").write_text('{"current": "2030.1.1", "mirror": {"url": "https://m.example/"}}')
    assert known.state() == State(current="2030.1.1"), "missing fields have their defaults"
    known.change(lambda now: state.taken(now, "2030.1.2", 2.0))
    kept = json.loads((tmp_path / "current.json").read_bytes())
    assert (kept["current"], kept["earlier"]) == ("2030.1.2", ["2030.1.1"])
    assert kept["mirror"] == {"url": "https://m.example/"}


def test_two_are_kept_and_one_that_was_left_is_not_offered_again() -> None:
    now = State()
    for day in (1, 2, 3, 4):
        now = state.taken(state.checked(now, f"2030.1.{day}", 1.0), f"2030.1.{day}", 2.0)
    assert (now.current, now.earlier) == ("2030.1.4", ("2030.1.3", "2030.1.2"))
    assert state.needed(now) == {"2030.1.4", "2030.1.3", "2030.1.2"}
    now = state.back(now, "2030.1.4", "why")
    assert (now.current, now.earlier, now.note) == ("2030.1.3", ("2030.1.2",), "why")
    assert state.offer(now, "2030.1.3") is None
    assert state.offer(state.checked(now, "2030.1.5", 3.0), "2030.1.3") == "2030.1.5"


def test_who_is_late_to_leave_a_version_leaves_nothing() -> None:
    now = state.taken(state.taken(State(), "2030.1.1", 1.0), "2030.1.2", 2.0)
    assert state.back(now, "2030.1.1", "late") == now


def test_versions_are_compared_as_python_does() -> None:
    assert state.same("2026.08.19", "2026.8.19")
    assert state.is_newer("2026.10.1", than="2026.9.30")
    assert state.is_newer("2026.8.19.123456.dev0", than="2026.8.19")
    assert not state.is_newer("no version", than="2026.8.19")


def test_an_engine_older_than_the_installed_one_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """clipferry itself was brought up to date, and with it came a newer yt-dlp."""
    known = Versions(tmp_path)
    (tmp_path / "yt-dlp-2030.1.1").mkdir()
    known.change(lambda now: state.taken(now, "2030.1.1", 1.0))
    assert known.in_use().folder == tmp_path / "yt-dlp-2030.1.1"
    monkeypatch.setattr(versions, "installed_version", lambda: "2030.2.1")
    assert known.in_use() == versions.Version("2030.2.1", None)


def test_an_engine_whose_folder_is_gone_is_not_used(tmp_path: Path) -> None:
    known = Versions(tmp_path)
    known.change(lambda now: state.taken(now, "2030.1.1", 1.0))
    assert known.in_use() == versions.Version(versions.installed_version(), None)


def test_what_an_engine_resolved_is_its_own_and_goes_with_it(tmp_path: Path) -> None:
    cache = tmp_path / "resolved"
    first, second = (resolved_by(cache, tmp_path / f"yt-dlp-2030.1.{day}") for day in (1, 2))
    assert len({cache, first, second}) == 3
    assert {path.parent for path in (first, second)} == {tmp_path}
    for folder in (cache, first, second):
        folder.mkdir()
    forget_resolved(cache, {"2030.1.2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["resolved", "resolved-2030.1.2"]
