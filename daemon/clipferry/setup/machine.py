"""This machine and this person, as far as setting up needs to know them; tests make their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..system.paths import Paths
from .browsers import ManifestPlace, System, places
from .extension.chromium_external import own_extension_id
from .manifests import BrowserNames, identity


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that rules where things go."""

    system: System
    home: Path
    env: Mapping[str, str]
    paths: Paths
    who: BrowserNames

    @classmethod
    def here(cls, env: Mapping[str, str] = os.environ) -> Machine:
        """The machine we run on. ``HOME`` of ``env`` counts, as it does for browsers."""
        system = next((s for s in System if sys.platform.startswith(s.value)), System.LINUX)
        home = Path(env["HOME"]) if env.get("HOME") else Path.home()
        paths = Paths.from_environment(env)
        return cls(system, home, env, paths, identity(own_extension_id(paths.data_dir)))

    def places(self) -> list[ManifestPlace]:
        """Where browsers of this system look for native messaging hosts."""
        return places(
            self.system, home=self.home, env=self.env, data_dir=self.paths.data_dir, host_name=self.who.host_name
        )
