"""The folders of clipferry on each operating system."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from clipferry_host.identity import IDS_FILE
from clipferry_host.private_dir import check_private, make_private
from clipferry_host.rendezvous import absolute, runtime_dir, socket_in

_APP = "clipferry"


@dataclass(frozen=True, slots=True)
class Paths:
    """The directories of one installation; ``CLIPFERRY_HOME`` puts all but Downloads beneath one folder."""

    runtime_dir: Path
    """The socket, the lock and ``daemon.json``; gone after a restart of the machine where the system does that."""
    data_dir: Path
    """The database: data that cannot be recreated."""
    cache_dir: Path
    """Staging and resolved videos: data that can be recreated."""
    log_dir: Path
    config_dir: Path
    downloads_dir: Path
    """The user's Downloads folder, unless the settings name another."""

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Paths:
        """Derive the paths from ``env``; creates nothing."""
        downloads = env.get("CLIPFERRY_DOWNLOADS")
        folder = absolute(downloads) if downloads else platformdirs.user_downloads_path()
        run = runtime_dir(env)
        if home := env.get("CLIPFERRY_HOME"):
            root = absolute(home)
            return cls(run, root / "data", root / "cache", root / "log", root / "config", folder)
        return cls(
            run,
            platformdirs.user_data_path(_APP, appauthor=False),
            platformdirs.user_cache_path(_APP, appauthor=False),
            platformdirs.user_log_path(_APP, appauthor=False),
            platformdirs.user_config_path(_APP, appauthor=False),
            folder,
        )

    def make(self) -> None:
        """Create clipferry's own directories, for this user alone. Downloads is created by its writers.

        Raises:
            OSError: one cannot be made.
            clipferry_host.private_dir.UnsafeDirectory: one is a link, or somebody else could change it.
        """
        for folder in (self.runtime_dir, self.data_dir, self.cache_dir, self.log_dir, self.config_dir):
            make_private(folder)

    def check(self) -> None:
        """Check those of our own directories that are there, for a program that makes none: what we read from them (settings, a
        yt-dlp) is then nobody else's.

        Raises:
            clipferry_host.private_dir.UnsafeDirectory: one is a link, or somebody else could change it.
        """
        for folder in (self.data_dir, self.cache_dir, self.config_dir):
            with contextlib.suppress(FileNotFoundError):
                check_private(folder)

    @property
    def socket(self) -> Path:
        return socket_in(self.runtime_dir)

    @property
    def lock(self) -> Path:
        return self.runtime_dir / "daemon.lock"

    @property
    def facts(self) -> Path:
        """``daemon.json``: pid, port and token of the running daemon."""
        return self.runtime_dir / "daemon.json"

    @property
    def database(self) -> Path:
        return self.data_dir / "jobs.sqlite3"

    @property
    def engines(self) -> Path:
        """Versions of yt-dlp that came after the installation."""
        return self.data_dir / "engines"

    @property
    def extension_ids(self) -> Path:
        """Beside the host's launcher: the ids of our extension that this installation signed (``clipferry_host.identity``)."""
        return self.data_dir / "host" / IDS_FILE

    @property
    def settings(self) -> Path:
        return self.config_dir / "settings.json"

    @property
    def resolve_cache(self) -> Path:
        return self.cache_dir / "resolved"
