"""English texts of the errors of clients of the daemon. See ``clip.error_texts``."""

from __future__ import annotations

from typing import Final

from ..clip.error_texts import Text, Texts

TEXTS: Final[Texts] = {
    "no_companion": {
        "": Text("clipferry's companion does not answer.", "Run `clipferry doctor`: it says what is wrong."),
        "not_running": Text("clipferry's companion is not running.", "It starts by itself when it is needed."),
        "hung_up": Text("clipferry's companion hung up."),
        "host_not_started": Text("clipferry's companion cannot be started by the browser."),
        "did_not_stop": Text(
            "clipferry's companion did not stop.",
            "End the process `python -m clipferry.daemon` yourself, then try again.",
        ),
        "said": Text("{said}"),
        "unreachable": Text("clipferry's companion cannot be reached: {said}."),
        "no_answer": Text("clipferry's companion did not answer in time."),
    },
}
