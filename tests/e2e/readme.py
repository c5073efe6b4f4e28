"""The commands in README."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def install_line() -> str:
    """The one line of the section *Install*: run literally by ``test_install.py``, and shown where there is no companion."""
    section = README.read_text().partition("\n## Install\n")[2]
    block = re.search(r"```sh\n(.+)\n```", section)
    assert block, "README's section Install has one line to type"
    return block[1]
