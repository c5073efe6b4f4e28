"""Hints that fit the command line, where an error's own speaks of what is in the browser or the dashboard."""

from __future__ import annotations

from ..clip.errors import AgeRestricted, BlockedAddress, ClipError, LoginRequired, MembersOnly, PrivateVideo

_LEND = "If you may watch it, hand over your session on this site with --cookies FILE."
_LENT = (
    "The session in the file that you named does not open it. Sign in on the site again, and export its cookies anew."
)
_PRIVATE = "If you mean it, add --allow-private."


def hint_for_command(error: ClipError, *, lent: bool) -> str:
    """What to do next about ``error`` of ``clipferry clip``. ``lent``: cookies were handed over."""
    if isinstance(error, LoginRequired | AgeRestricted | PrivateVideo | MembersOnly):
        return _LENT if lent else _LEND
    return _PRIVATE if isinstance(error, BlockedAddress) else error.hint
