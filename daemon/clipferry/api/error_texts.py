"""English texts of the errors of the transports. See ``clip.error_texts``."""

from __future__ import annotations

from typing import Final

from ..clip.error_texts import Text, Texts

_ROUTES = "The routes and their fields are described in /openapi.json."

TEXTS: Final[Texts] = {
    "refused": {
        "": Text("clipferry does not understand this request.", _ROUTES),
    },
    "misdirected": {
        "": Text(
            "This request was meant for another server.",
            "Use the address that `clipferry dashboard` opens; it begins with http://127.0.0.1.",
        ),
    },
    "method_not_allowed": {
        "": Text("That method is not possible here.", _ROUTES),
    },
    "foreign_origin": {
        "": Text("Web pages may not talk to clipferry.", "Use clipferry's own dashboard or its browser extension."),
    },
    "unauthorized": {
        "": Text(
            "This request carries no valid key.",
            "Open the dashboard anew with `clipferry dashboard`. Scripts send the token of daemon.json as a Bearer token.",
        ),
        "link_used": Text("This link was used already, or is older than a minute."),
    },
    "unsupported_media_type": {
        "": Text("The body has to be JSON.", "Send Content-Type: application/json, without a Content-Encoding."),
    },
    "bad_json": {
        "": Text("The body is not valid JSON.", "JSON in UTF-8, without NaN, and not nested without end."),
    },
    "too_large": {
        "": Text("The request is larger than anything that clipferry needs.", "At most 64 KiB."),
    },
    "too_slow": {
        "": Text("The request did not arrive in time.", "Send it again."),
    },
    "no_such_path": {
        "": Text("There is nothing at this address.", _ROUTES),
        "no_dashboard": Text("This clipferry was built without its dashboard.", "Install it anew."),
        "no_method": Text("There is no method “{method}”."),
    },
    "bad_frame": {
        "": Text(
            "That was not a message of clipferry.", "Update clipferry and its browser extension to the same version."
        ),
    },
    "timed_out": {
        "": Text("clipferry is still busy with this.", "Try again in a moment."),
    },
    "busy": {
        "": Text("Too many requests are waiting on this connection.", "Wait for an answer before asking again."),
    },
    "too_much": {
        "": Text("The answer is too long to be passed on.", "Ask for less at once."),
    },
}
