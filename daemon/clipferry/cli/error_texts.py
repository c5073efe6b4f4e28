"""English texts of the errors of commands. See ``clip.error_texts``."""

from __future__ import annotations

from typing import Final

from ..clip.error_texts import Text, Texts

TEXTS: Final[Texts] = {
    "cannot_set_up": {
        "": Text(
            "clipferry cannot be set up.",
            "Is there space on the disk, and may you write to your home folder? Then run `clipferry setup` again.",
        ),
        "not_written": Text("clipferry cannot be set up: {file} cannot be written ({said})."),
    },
}
