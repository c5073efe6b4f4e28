"""The saved settings that apply to ``clipferry clip``.

A run without a settings file costs nothing; with one, it is read by the same model as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..clip.http.network import Network
from ..clip.recording import RecordingLimits

if TYPE_CHECKING:
    from ..system.paths import Paths


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """Values of ``protocol.Settings``; ``None``: the default."""

    downloads_dir: Path | None = None
    name_template: str | None = None
    ffmpeg: Path | None = None
    proxy: str | None = None
    no_proxy: str | None = None
    ca_file: str | None = None
    speed_limit_bps: int | None = None
    recording: RecordingLimits = field(default_factory=RecordingLimits)
    notices: tuple[str, ...] = ()
    """The parts of the file that are ignored, in sentences."""

    def network(self, env: Mapping[str, str], *, allow_private: bool) -> Network:
        """Return the network settings: saved ones, else those of the environment."""
        network = Network.from_environment(
            env,
            proxy=self.proxy,
            no_proxy=self.no_proxy,
            ca_file=self.ca_file,
            speed_limit_bps=self.speed_limit_bps,
        )
        return network.permit_private(frozenset(), every=allow_private)


def chosen(paths: Paths) -> SavedSettings:
    """Read the settings file without its invalid values, which ``notices`` names."""
    if not paths.settings.is_file():
        return SavedSettings()
    from ..settings import load
    from ..settings_check import folder_of

    loaded = load(paths.settings)
    settings = loaded.settings
    return SavedSettings(
        notices=loaded.notices,
        downloads_dir=folder_of(settings.downloads_dir) if settings.downloads_dir else None,
        name_template=settings.name_template,
        ffmpeg=folder_of(settings.ffmpeg) if settings.ffmpeg else None,
        proxy=settings.network.proxy,
        no_proxy=settings.network.no_proxy,
        ca_file=settings.network.ca_file,
        speed_limit_bps=settings.network.speed_limit_bps,
        recording=RecordingLimits(settings.recording.max_s, settings.recording.max_bytes),
    )
