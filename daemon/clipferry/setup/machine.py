"""The machine and user that setup works for, as an argument."""

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
    """The inputs that determine all paths and names."""

    system: System
    home: Path
    env: Mapping[str, str]
    paths: Paths
    who: BrowserNames

    @classmethod
    def here(cls, env: Mapping[str, str] = os.environ) -> Machine:
        """Describe the running machine. ``HOME`` of ``env`` takes precedence, as it does in browsers."""
        system = next((s for s in System if sys.platform.startswith(s.value)), System.LINUX)
        home = Path(env["HOME"]) if env.get("HOME") else Path.home()
        paths = Paths.from_environment(env)
        return cls(system, home, env, paths, identity(own_extension_id(paths.data_dir)))

    def places(self) -> list[ManifestPlace]:
        """Return where browsers of this system search for native messaging hosts."""
        return places(
            self.system, home=self.home, env=self.env, data_dir=self.paths.data_dir, host_name=self.who.host_name
        )
