"""The settings file: either the old or the new one, and never a reason not to start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipferry.clip.model import OutputKind
from clipferry.protocol.jobs import OutputParams
from clipferry.protocol.settings import NetworkSettings, RetentionSettings, Settings
from clipferry.settings import SettingsFile


def test_what_was_set_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path, {}).replace(Settings(concurrency=7))
    assert SettingsFile(path, {}).current.concurrency == 7
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b'{"concurrency": 99}', b""])
def test_a_file_that_cannot_be_read_is_kept_aside_and_the_defaults_hold(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings = SettingsFile(path, {})
    assert settings.current == Settings()
    assert settings.damaged is not None
    assert settings.damaged.read_bytes() == content


NEWER = {
    **{
        "concurrency": 4,
        "hologram": {"depth": 3},
        "updates": "weekly",
        "retention": {"max_age_days": 5, "max_clips": 7},
    },
    "output": {"kind": "avif", "max_height": 720, "speed": 2.0},
}


def test_what_a_newer_version_set_stays_until_it_is_changed(tmp_path: Path) -> None:
    """Unknown settings, unknown settings in known ones, and values that only a newer version has."""
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(NEWER))
    settings = SettingsFile(path, {})
    known = Settings(concurrency=4, retention=RetentionSettings(max_age_days=5), output=OutputParams(max_height=720))
    assert (settings.current, settings.damaged) == (known, None)
    assert json.loads(path.read_bytes()) == NEWER, "reading changes nothing"
    assert sorted(notice.split("”")[0] for notice in settings.notices) == [
        "The setting “output.kind",
        "The setting “updates",
    ]

    settings.replace(known.model_copy(update={"per_site": 3, "concurrency": 5}))
    after = json.loads(path.read_bytes())
    assert {name: after[name] for name in NEWER} == {
        **NEWER,
        "concurrency": 5,
        "output": {**json.loads(OutputParams().model_dump_json()), **NEWER["output"]},  # type: ignore[dict-item]
        "retention": {"max_total_bytes": None, "max_age_days": 5, "max_clips": 7},
    }
    assert after["per_site"] == 3
    again = SettingsFile(path, {})
    assert again.current == known.model_copy(update={"per_site": 3, "concurrency": 5})

    again.replace(again.current.model_copy(update={"updates": "off", "output": OutputParams(kind=OutputKind.MP3)}))
    after = json.loads(path.read_bytes())
    assert (after["updates"], after["output"]["kind"]) == ("off", "mp3")
    assert (after["output"]["speed"], after["hologram"]) == (2.0, {"depth": 3})
    assert SettingsFile(path, {}).notices == ()


def test_what_is_damaged_goes_and_what_is_newer_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({**NEWER, "concurrency": "many", "name_template": "{"}))
    settings = SettingsFile(path, {})
    assert settings.damaged is not None
    after = json.loads(path.read_bytes())
    assert (after["concurrency"], after["name_template"]) == (2, Settings().name_template)
    assert (after["hologram"], after["updates"], after["output"]["kind"]) == ({"depth": 3}, "weekly", "avif")


def test_settings_of_an_older_version_have_defaults_for_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"concurrency": 4, "network": {"proxy": "http://p.example:1"}}')
    settings = SettingsFile(path, {})
    assert settings.current == Settings(concurrency=4, network=NetworkSettings(proxy="http://p.example:1"))
    assert settings.notices == ()


def test_the_environment_overrides_and_is_not_written_down(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    env = {"CLIPFERRY_CONCURRENCY": "5", "CLIPFERRY_NETWORK__PROXY": "http://p.example:1", "CLIPFERRY_HOME": "/x"}
    settings = SettingsFile(path, env)
    assert settings.current == Settings(concurrency=5, network=NetworkSettings(proxy="http://p.example:1"))
    settings.replace(Settings(per_site=3))
    assert settings.current.per_site == 3
    assert settings.current.concurrency == 5
    assert json.loads(path.read_bytes())["concurrency"] == Settings().concurrency


def test_nonsense_in_the_environment_does_not_count(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path / "s.json", {"CLIPFERRY_CONCURRENCY": "many"}).current == Settings()


def test_a_file_that_cannot_be_written_leaves_the_old_ones(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path / "missing" / "settings.json", {})
    with pytest.raises(OSError, match="missing"):
        settings.replace(Settings(concurrency=9))
    assert settings.current == Settings()
