"""``/api/timedtext``: subtitles that say, every two seconds, at what second they are."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...reply import Reply, missing
from .films import Film


def timed_text(query: Mapping[str, str], film: Film | None) -> Reply:
    """``fmt``: ``vtt``, ``json3``, ``srv1`` … as YouTube names them."""
    language = query.get("tlang") or query.get("lang", "en")
    wanted = ("a." if query.get("kind") == "asr" else "") + query.get("lang", "en")
    if film is None or wanted not in film.captions:
        return missing()
    cues = [(at, min(at + 2.0, film.seconds), f"{language} {at:g}") for at in range(0, int(film.seconds), 2)]
    match query.get("fmt", "srv1"):
        case "json3":
            events = [
                {"tStartMs": round(a * 1000), "dDurationMs": round((b - a) * 1000), "segs": [{"utf8": line}]}
                for a, b, line in cues
            ]
            return Reply(
                body=json.dumps({"wireMagic": "pb3", "events": events}).encode(), content_type="application/json"
            )
        case "vtt":
            body = "".join(f"{_stamp(a)} --> {_stamp(b)}\n{line}\n\n" for a, b, line in cues)
            return Reply(
                body=f"WEBVTT\nKind: captions\nLanguage: {language}\n\n{body}".encode(),
                content_type="text/vtt; charset=UTF-8",
            )
        case _:
            body = "".join(f'<text start="{a:g}" dur="{b - a:g}">{line}</text>' for a, b, line in cues)
            return Reply(
                body=f'<?xml version="1.0" encoding="utf-8" ?><transcript>{body}</transcript>'.encode(),
                content_type="text/xml; charset=UTF-8",
            )


def _stamp(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{round(seconds % 1 * 1000):03d}"
