"""Errors as the command line reports them, where their own hints speak of what is in the browser or the dashboard."""

from __future__ import annotations

from ..clip.errors import AgeRestricted, BlockedAddress, ClipError, LoginRequired, MembersOnly, PrivateVideo

_LEND = "If you may watch it, hand over your session on this site with --cookies FILE."
_LENT = (
    "The session in the file that you named does not open it. Sign in on the site again, and export its cookies anew."
)
_PRIVATE = "If you mean it, add --allow-private."


def error_for_command(error: ClipError, *, lent: bool) -> ClipError:
    """Return what ``clipferry clip`` reports for ``error``, with a hint that can be followed there. ``lent``: with ``--cookies``."""
    if isinstance(error, LoginRequired | AgeRestricted | PrivateVideo | MembersOnly):
        if lent:
            from ..jobs.policy.lent_sessions import expired

            error = expired(error.code, error.detail)
        error.hint = _LENT if lent else _LEND
    elif isinstance(error, BlockedAddress):
        error.hint = _PRIVATE
    return error
