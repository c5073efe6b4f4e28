"""Google Chrome reads ``External Extensions`` of the system only: one file there, written only on request (``--system``)."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from ..files import rehearsed, replace_text
from .chromium_external import CHROME_SYSTEM_FOLDER, ForeignFile, PackedExtension, is_ours


def tell_chrome(
    packed: PackedExtension,
    agree: Callable[[str], bool],
    env: Mapping[str, str],
    folder: Path = CHROME_SYSTEM_FOLDER,
) -> bool:
    """Make Google Chrome install ``packed`` at its next start; return whether it will.

    Nothing runs as root but one ``install``, of one file.

    Args:
        agree: shown the command where root is needed; whether to run it through ``sudo``.

    Raises:
        ForeignFile: a file of that name is not ours.
        OSError: our copy of the file cannot be written.
    """
    target = folder / packed.file_name
    if target.is_symlink() or (target.exists() and not is_ours(target)):
        raise ForeignFile(str(target))
    source = packed.crx.with_name(packed.file_name)
    replace_text(source, packed.text)
    try:
        if target.read_text(encoding="utf-8") == packed.text:
            return True
    except OSError:
        pass  # not there yet
    if rehearsed("write", target):
        return True
    return _as_root(["install", "-D", "-m", "644", str(source), str(target)], agree, env)


def forget_chrome(
    extension_id: str, agree: Callable[[str], bool], env: Mapping[str, str], folder: Path = CHROME_SYSTEM_FOLDER
) -> str | None:
    """Remove the file; return the command to run as root where it remains."""
    target = folder / f"{extension_id}.json"
    if target.is_symlink() or not target.is_file() or not is_ours(target):
        return None
    command = ["rm", str(target)]
    return None if _as_root(command, agree, env) else shlex.join(["sudo", *command])


def _as_root(command: list[str], agree: Callable[[str], bool], env: Mapping[str, str]) -> bool:
    if os.name != "posix":
        return False
    if os.geteuid() != 0:
        sudo = ["sudo", *command]
        if not agree(shlex.join(sudo)) or shutil.which("sudo", path=env.get("PATH")) is None:
            return False
        command = sudo
    return subprocess.run(command, env=dict(env), check=False).returncode == 0
