"""The settings file: either the old or the new one, and never a reason not to start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipferry.protocol.settings import NetworkSettings, Settings
from clipferry.settings import SettingsFile


def test_what_was_set_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsFile(path, {}).replace(Settings(concurrency=7))
    assert SettingsFile(path, {}).current.concurrency == 7
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b'{"concurrency": 99}', b'{"unknown": 1}', b""])
def test_a_file_that_cannot_be_read_is_kept_aside_and_the_defaults_hold(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings = SettingsFile(path, {})
    assert settings.current == Settings()
    assert settings.damaged is not None
    assert settings.damaged.read_bytes() == content


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
