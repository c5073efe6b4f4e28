"""Where manifests go, on each system, as the browsers' own documents say."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clipferry.setup.browsers import ManifestPlace, System, places

NAME = "org.clipferry.companion"
HOME = Path("/home/ana")


def by_browser(system: System, env: dict[str, str] | None = None) -> dict[str, ManifestPlace]:
    found = places(system, home=HOME, env=env or {}, data_dir=HOME / "data", host_name=NAME)
    assert len({place.browser for place in found}) == len(found)
    return {place.browser: place for place in found}


@pytest.mark.parametrize(
    ("browser", "folder"),
    [
        ("Chrome", ".config/google-chrome/NativeMessagingHosts"),
        ("Chromium", ".config/chromium/NativeMessagingHosts"),
        ("Edge", ".config/microsoft-edge/NativeMessagingHosts"),
        ("Brave", ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts"),
        ("Vivaldi", ".config/vivaldi/NativeMessagingHosts"),
        ("Opera", ".config/opera/NativeMessagingHosts"),
        ("Firefox", ".mozilla/native-messaging-hosts"),
        ("LibreWolf", ".librewolf/native-messaging-hosts"),
    ],
)
def test_linux_folders(browser: str, folder: str) -> None:
    assert by_browser(System.LINUX)[browser].folder == HOME / folder


@pytest.mark.parametrize(
    ("browser", "folder"),
    [
        ("Chrome", "Google/Chrome/NativeMessagingHosts"),
        ("Chromium", "Chromium/NativeMessagingHosts"),
        ("Edge", "Microsoft Edge/NativeMessagingHosts"),
        ("Firefox", "Mozilla/NativeMessagingHosts"),
    ],
)
def test_macos_folders(browser: str, folder: str) -> None:
    assert by_browser(System.MACOS)[browser].folder == HOME / "Library" / "Application Support" / folder


@pytest.mark.parametrize(
    ("browser", "key"),
    [
        ("Chrome", r"Software\Google\Chrome\NativeMessagingHosts\org.clipferry.companion"),
        ("Edge", r"Software\Microsoft\Edge\NativeMessagingHosts\org.clipferry.companion"),
        ("Firefox", r"Software\Mozilla\NativeMessagingHosts\org.clipferry.companion"),
    ],
)
def test_windows_keys(browser: str, key: str) -> None:
    place = by_browser(System.WINDOWS)[browser]
    assert place.registry_key == key
    assert PurePosixPath(str(place.folder)).is_relative_to("/home/ana/data"), "the registry points into our own folder"


def test_chromium_follows_xdg_config_home_and_firefox_does_not() -> None:
    found = by_browser(System.LINUX, {"XDG_CONFIG_HOME": "/elsewhere"})
    assert found["Chromium"].folder == Path("/elsewhere/chromium/NativeMessagingHosts")
    assert found["Firefox"].folder == HOME / ".mozilla/native-messaging-hosts"


def test_a_relative_xdg_config_home_is_ignored_as_the_specification_asks() -> None:
    assert by_browser(System.LINUX, {"XDG_CONFIG_HOME": "config"})["Chrome"].folder.is_relative_to(HOME / ".config")
