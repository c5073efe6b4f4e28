"""``clipferry update``: a newer yt-dlp, or the one before."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from ..protocol.ytdlp import EngineInfo

_WITHIN_S = 1500.0


@click.command()
@click.option("--check", is_flag=True, help="Only say whether there is a newer one.")
@click.option("--nightly", is_flag=True, help="Also one that is made each night, before it is released.")
@click.option("--rollback", is_flag=True, help="Go back to the one before.")
@options.as_json
def update(*, check: bool, nightly: bool, rollback: bool, as_json: bool) -> None:
    """Bring yt-dlp, which knows the sites, up to date. A new one is tried first; the one in use stays if it does not work."""
    from ..client.blocking_client import over_socket
    from ..protocol.base import Empty
    from ..protocol.ytdlp import EngineInfo, EngineUpdateParams

    if rollback and (check or nightly):
        raise click.BadParameter("it goes alone", param_hint="--rollback")
    with over_socket() as talk:
        talk.hello()
        before = talk.ask("engine.get", Empty(), EngineInfo)
        if rollback:
            after = talk.ask("engine.rollback", Empty(), EngineInfo)
        else:
            asked = EngineUpdateParams(check_only=check, nightly=nightly or None)
            after = talk.ask("engine.update", asked, EngineInfo, timeout_s=_WITHIN_S)
    click.echo(after.model_dump_json() if as_json else _in_words(before, after))


COMMANDS = (update,)


def _in_words(before: EngineInfo, after: EngineInfo) -> str:
    if after.version != before.version:
        return f"yt-dlp {after.version} is in use now (before: {before.version})."
    if after.offer is not None:
        return f"yt-dlp {after.offer} is there; {after.version} is in use. `clipferry update` fetches it."
    said = f"yt-dlp {after.version} is in use; there is none that is newer"
    if after.checked_at is not None:
        at = datetime.datetime.fromtimestamp(after.checked_at).astimezone()
        said += f" (asked at {at:%H:%M})"
    return f"{said}." + (f"\n{after.note}" if after.note else "")
