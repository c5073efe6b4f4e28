"""Settings that are valid text and cannot work: refused when they are set, put aside alone when they lie in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from clipferry.jobs.errors import InvalidSetting
from clipferry.protocol.settings import Settings
from clipferry.settings import SettingsFile, load
from clipferry.settings_check import POSSIBLE, check_settings, value_at

GOOD: dict[str, Any] = {
    "downloads_dir": "/somewhere/clips",
    "name_template": "{title} of {uploader}",
    "output": {"kind": "webm", "max_height": 720, "codec": "vp9", "mode": "fast", "quality": 20, "subtitles": ["de"]},
    "concurrency": 7,
    "per_site": 3,
    "network": {"proxy": "http://p.example:1", "no_proxy": "a.example", "ca_file": "/ca.pem", "speed_limit_bps": 5000},
    "retention": {"max_age_days": 30, "max_total_bytes": 10**9},
    "recording": {"max_s": 100.0, "max_bytes": 10**6},
    "ffmpeg": "/usr/bin/ffmpeg",
    "updates": "off",
    "update_channel": "nightly",
    "tray": False,
    "notifications": False,
}
"""No value is the default."""
WRONG_FOR_ALL = (["x"], {"x": 1}, True, -1, 10**400, "\0", float("nan"), "x" * 5000)
WRONG = {
    "downloads_dir": ("~nobody-of-that-name", "a\0b", "relative/path", "\ud800"),
    "name_template": (
        "{",
        "}",
        "{0}",
        "{}",
        "{title.__class__}",
        "{title!r:>9999999}",
        "{title[0]}",
        "{unknown}",
        "{title:>9}",
    ),
    "network.proxy": ("nonsense://x", "http://", "http://a:b:c", "http://a\nb", "http://x:99999999"),
    "network.no_proxy": ("a\nb", "\x1b[2J"),
    "network.ca_file": ("a\0b", "relative.pem", "~nobody-of-that-name/ca.pem"),
    "ffmpeg": ("a\0b", "ffmpeg", "~nobody-of-that-name/ffmpeg"),
    "output.subtitles": (["not a language!"], "de"),
    "output.kind": ("exe", "MP4"),
}


def fields(model: type[BaseModel] = Settings, outer: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every field of the settings, also those within others."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, (*outer, name))
        else:
            yield (*outer, name)


FIELDS = tuple(fields())


def with_value(path: tuple[str, ...], value: object) -> dict[str, Any]:
    changed = json.loads(json.dumps(GOOD))
    level = changed
    for name in path[:-1]:
        level = level[name]
    level[path[-1]] = value
    return dict(changed)


def refused_by_the_model(path: tuple[str, ...], value: object) -> bool:
    try:
        Settings.model_validate(with_value(path, value))
    except (ValueError, OverflowError):
        return True
    return False


def may_be_newer(path: tuple[str, ...], value: object) -> bool:
    """Whether ``value`` is a word for a field that takes only certain ones: a newer version may have more of them."""
    try:
        Settings.model_validate(with_value(path, value))
    except ValidationError as error:
        return isinstance(value, str) and error.errors()[0]["type"] in ("enum", "literal_error")
    return False


CASES = [
    pytest.param(path, value, id=f"{'.'.join(path)}={str(value)[:20]!a}")
    for path in FIELDS
    for value in (*WRONG_FOR_ALL, *WRONG.get(".".join(path), ()))
    if refused_by_the_model(path, value) or value in WRONG.get(".".join(path), ())
]


def test_every_field_has_a_good_value_and_wrong_ones() -> None:
    assert all(value_at(Settings.model_validate(GOOD), path) != value_at(Settings(), path) for path in FIELDS)
    assert {path for case in CASES for path in [case.values[0]]} == {*FIELDS}


@pytest.mark.parametrize(("path", "value"), CASES)
def test_a_bad_value_goes_alone_and_is_named(tmp_path: Path, path: tuple[str, ...], value: object) -> None:
    file = tmp_path / "settings.json"
    content = json.dumps(with_value(path, value))
    file.write_text(content)
    settings = SettingsFile(file, {})
    for other in FIELDS:
        expected = Settings() if other == path else Settings.model_validate(GOOD)
        assert value_at(settings.current, other) == value_at(expected, other), other
    [notice] = settings.notices
    assert f"“{'.'.join(path)}”" in notice
    assert len(notice) < 400
    assert notice.isprintable()
    if may_be_newer(path, value):
        assert file.read_text() == content
        assert settings.damaged is None
        return
    assert settings.damaged is not None
    assert settings.damaged.read_text() == content
    assert SettingsFile(file, {}).notices == (), "it is said once"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'{"x": "' + b"y" * (3 << 20) + b'"}',
        b"null",
        b"1e999",
        b'"text"',
        b"\xff\xfe{\x00}\x00",
        b"{'concurrency': 3}",
    ],
    ids=lambda content: str(content[:12]),
)
def test_what_is_no_settings_file_at_all_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    settings = SettingsFile(file, {})
    assert settings.current == Settings()
    assert len(settings.notices) == 1
    assert settings.damaged is not None
    assert settings.damaged.read_bytes() == content


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    settings = SettingsFile(tmp_path / "settings.json", {})
    assert settings.current == Settings()
    assert len(settings.notices) == 1


def test_settings_of_a_newer_version_keep_what_this_one_knows(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({**GOOD, "hologram": {"depth": 3}, "network": {**GOOD["network"], "quic": True}}))
    settings = SettingsFile(file, {})
    assert settings.current == Settings.model_validate(GOOD)
    assert settings.notices == ()


def test_ten_thousand_unknown_settings_are_a_few_sentences(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({f"{'x' * 50}{number}\x1b[2J": number for number in range(10_000)}))
    notices = load(file).notices
    assert len(notices) < 12
    assert all(len(notice) < 400 for notice in notices)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLIPFERRY_DOWNLOADS_DIR", "~nobody-of-that-name"),
        ("CLIPFERRY_NAME_TEMPLATE", "{0}"),
        ("CLIPFERRY_CONCURRENCY", "many"),
        ("CLIPFERRY_NETWORK__PROXY", "nonsense://"),
        ("CLIPFERRY_NETWORK__UNKNOWN", "x"),
        ("CLIPFERRY_NETWORK", "x"),
        ("CLIPFERRY_OUTPUT__KIND__DEEPER", "x"),
    ],
)
def test_a_bad_value_in_the_environment_leaves_the_files(tmp_path: Path, name: str, value: str) -> None:
    file = tmp_path / "settings.json"
    SettingsFile(file, {}).replace(Settings.model_validate(GOOD))
    settings = SettingsFile(file, {name: value, "CLIPFERRY_PER_SITE": "5"})
    assert settings.current == Settings.model_validate({**GOOD, "per_site": 5})
    assert "in the environment" in settings.notices[0]
    assert settings.damaged is None
    assert SettingsFile(file, {"CLIPFERRY_NETWORK": "x", "CLIPFERRY_NETWORK__PROXY": "http://q.example:2"}).current


@pytest.mark.parametrize(
    ("path", "value"), [case for case in CASES if case.values[0] in POSSIBLE and isinstance(case.values[1], str)]
)
def test_an_impossible_value_is_refused_when_it_is_set(path: tuple[str, ...], value: str) -> None:
    if refused_by_the_model(path, value):
        return  # too long: never gets here
    with pytest.raises(InvalidSetting) as refused:
        check_settings(Settings.model_validate(with_value(path, value)), Settings())
    assert f"“{'.'.join(path)}”" in refused.value.sentence
    assert refused.value.hint


@pytest.mark.parametrize("name", ["downloads_dir", "ffmpeg", "network.ca_file"])
def test_what_does_not_work_now_is_refused_when_set_and_kept_when_it_was(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("neither a folder, a program nor a certificate")
    path = tuple(name.split("."))
    wanted = Settings.model_validate({**with_value(path, str(tmp_path / "file"))})
    with pytest.raises(InvalidSetting, match=name):
        check_settings(wanted, Settings())
    check_settings(wanted.model_copy(update={"concurrency": 3}), wanted)
    file = tmp_path / "settings.json"
    file.write_text(wanted.model_dump_json())
    assert SettingsFile(file, {}).notices == ()
