"""Whether a setting can work: each one alone, with one sentence that names it.

*Impossible* is a value that can never work, on this machine or another (a broken pattern, a NUL, a proxy that is no address): it is
refused wherever it comes from, and put aside when it lies in the file. *Unusable* is one that does not work now (a folder that is
not plugged in): refused when it is set, kept when it was set before.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from .clip.errors import ClipError, FolderMissing
from .clip.http.network import Network
from .clip.output.destination import check_folder
from .clip.output.file_name import check_template
from .jobs.errors import InvalidSetting
from .protocol.settings import Settings

Check = Callable[[Any], None]


def folder_of(text: str) -> Path:
    """The folder that a person wrote, with ``~`` for a home.

    Raises:
        ValueError: it cannot be a folder on any machine like this one.
    """
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("it holds a character that no path can hold")
    try:
        path = Path(text).expanduser()
    except RuntimeError as exc:
        raise ValueError("there is no user of that name") from exc
    if not path.is_absolute():
        raise ValueError("the whole path is needed, from the root on or beginning with ~")
    return path


def _downloads_possible(text: str) -> None:
    folder_of(text)


def _downloads_usable(text: str) -> None:
    folder = folder_of(text)
    with contextlib.suppress(FolderMissing):
        check_folder(folder)
        return
    if os.path.lexists(folder):
        raise ValueError("it is not a folder")  # what is not there may be a drive that will be plugged in


def _file_possible(text: str) -> None:
    folder_of(text)


def _program_usable(text: str) -> None:
    path = folder_of(text)
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ValueError("there is no program at that path")


def _authorities_usable(text: str) -> None:
    from .clip.http.ca_files import check_ca_file  # noqa: PLC0415 - only who sets one needs it

    check_ca_file(str(folder_of(text)))


def _proxy_possible(text: str) -> None:
    Network.from_environment({}, proxy=text)


def _hosts_possible(text: str) -> None:
    if not text.isprintable():
        raise ValueError("it has to be host names with commas between them")


POSSIBLE: Final[Mapping[tuple[str, ...], Check]] = {
    ("downloads_dir",): _downloads_possible,
    ("name_template",): check_template,
    ("ffmpeg",): _file_possible,
    ("network", "proxy"): _proxy_possible,
    ("network", "no_proxy"): _hosts_possible,
    ("network", "ca_file"): _file_possible,
}
"""Checks beyond the model's own (type, range, length)."""
USABLE: Final[Mapping[tuple[str, ...], Check]] = {
    ("downloads_dir",): _downloads_usable,
    ("ffmpeg",): _program_usable,
    ("network", "ca_file"): _authorities_usable,
}


def check_settings(wanted: Settings, current: Settings) -> None:
    """Try every setting that differs from ``current``. Blocking: for a thread.

    Raises:
        InvalidSetting: one cannot work; the sentence names it.
    """
    for path in (*POSSIBLE, *USABLE):
        value = value_at(wanted, path)
        if value is None or value == value_at(current, path):
            continue
        for checks in (POSSIBLE, USABLE):
            if (check := checks.get(path)) is not None and (problem := problem_with(check, value)) is not None:
                said, advice = problem
                named = ".".join(path)
                if advice is None:
                    raise InvalidSetting("said", setting=named, said=said)
                raise InvalidSetting("said_with_hint", setting=named, said=said, advice=advice)


def problem_with(check: Check, value: object) -> tuple[str, str | None] | None:
    """What is wrong with a value, as the end of a sentence, and a hint; ``None``: nothing."""
    try:
        check(value)
    except ClipError as error:
        return _lower(error.sentence), error.hint
    except (ValueError, OSError) as error:
        return f"{error}.", None
    return None


def value_at(settings: Settings, path: tuple[str, ...]) -> Any:
    """The value of a field, by its names from the outside in."""
    value: Any = settings
    for name in path:
        value = getattr(value, name)
    return value


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
