"""Make a file name of a video's title that every file system accepts and that cannot deceive. Pure.

The rules are those of Windows (learn.microsoft.com/windows/win32/fileio/naming-a-file) on every system, because clips move
between machines; control, direction and invisible characters go, because a title is written by a stranger.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator

from ..errors import InvalidOutput
from ..model import OutputKind, Video
from ..timecode import format_time
from .name_template import fill

DEFAULT_TEMPLATE = "{title} [{range}]"
FIELDS = ("title", "uploader", "id", "range", "height", "site", "date")
"""What a template may name in braces."""

MAX_BYTES = 200
"""Of the whole name in UTF-8: below every file system's 255, with room for `` (2)`` and for a sync client's own suffix."""
_UPLOADER_BYTES = 60

_DROPPED = {"Cc", "Cf", "Cs", "Co"}
_SPACES = {"Zs", "Zl", "Zp"}
_BLANKS = "\t\n\v\f\r\x85\u2800"
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks that show nothing."""
_JOINERS = frozenset("\u200c\u200d")
_SHOWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs of the category *format* that are seen: they are written around or above numbers."""
_FLAG, _TAGS = "\U0001f3f4", range(0xE0020, 0xE0080)
_PLAIN_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "DIGIT")
"""Scripts whose letters are never joined: there a joiner only distinguishes two names that look equal."""
_REPLACED = str.maketrans({"/": "-", "\\": "-", "|": "-", ":": "-", '"': "'", "<": "(", ">": ")", "*": "_", "?": None})
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])[. ]*(?:\..*)?", re.I | re.S
)
_LAST_BRACKET = re.compile(r" ?\[[ -Z^-~]*\]\Z")


def file_name(
    video: Video,
    start_s: float | None,
    end_s: float | None,
    kind: OutputKind,
    template: str | None = None,
    *,
    height: int | None = None,
) -> str:
    """Return the clip's file name, e.g. ``Title [1.02-1.20].mp4``.

    Args:
        start_s, end_s: the marks in seconds; both ``None``: the whole video, which carries no range.
        template: text with ``FIELDS`` in braces; what belongs to an empty one goes (``name_template``). ``None``:
            ``DEFAULT_TEMPLATE``.

    Raises:
        InvalidOutput: the template names something else.
    """
    template = template or DEFAULT_TEMPLATE
    values = {
        "title": sanitise(video.title) or sanitise(video.id) or "video",
        "uploader": _cut(sanitise(video.uploader or ""), _UPLOADER_BYTES),
        "id": sanitise(video.id),
        "range": range_label(video, start_s, end_s),
        "height": f"{height}p" if height else "",
        "site": sanitise(video.site),
        "date": _date(video.upload_date),
    }
    room = MAX_BYTES - len(f".{kind}")
    name = _fill(template, values)
    over = _size(name) - room
    if over > 0 and "{title}" in template:  # the title gives way, so that the range stays readable
        keep = max(_size(values["title"]) - over - len("…".encode()), 24)
        name = _fill(template, values | {"title": _cut(values["title"], keep) + "…"})
    return f"{_cut(_whole(name), room)}.{kind}"


def check_template(template: str) -> None:
    """Raises ``InvalidOutput`` where a template names anything but ``FIELDS``, plainly and in braces."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as exc:
        raise InvalidOutput("pattern_braces", fields=_field_list()) from exc
    for _, field, spec, conversion in parts:
        if field is not None and (field not in FIELDS or spec or conversion):
            raise InvalidOutput("pattern_field", field=f"{{{field[:40]}}}", fields=_field_list())


def sanitise(text: str) -> str:
    """``text`` as a part of a file name: NFC, visible, one line, no character that a file system refuses.

    May be empty; does not look at reserved names or at length, which concern the whole name.
    """
    kept = "".join(_visible(unicodedata.normalize("NFC", text)))
    kept = re.sub(r":(?=\s)", " -", kept)
    kept = unicodedata.normalize("NFC", kept.translate(_REPLACED))
    return re.sub(r" +", " ", kept).strip(" .")


def shortened(name: str, max_bytes: int, number: str = "") -> str:
    """``name`` with ``number`` behind its stem, in at most ``max_bytes``: the title gives way, range and extension stay."""
    stem, dot, extension = name.rpartition(".")
    end = f"{number}{dot}{extension}"
    room = max_bytes - _size(end)
    if _size(stem) <= room:
        return stem + end
    found = _LAST_BRACKET.search(stem)
    tail = found[0] if found and _size(found[0]) <= room // 2 else ""
    head = _cut(stem.removesuffix(tail).rstrip("… "), max(1, room - _size(tail) - len("…".encode())))
    return f"{head}…{tail}{end}" if head else f"video{tail}{end}"


def plain(name: str) -> str:
    """``name`` in ASCII, for file systems that know nothing else."""
    stem, dot, extension = name.rpartition(".")
    found = _LAST_BRACKET.search(stem)
    tail = found[0] if found else ""
    letters = unicodedata.normalize("NFKD", stem.removesuffix(tail)).encode("ascii", "ignore").decode()
    known = sanitise(letters)
    return f"{_whole(known if any(map(str.isalnum, known)) else 'video')}{tail}{dot}{extension}"


def range_label(video: Video, start_s: float | None, end_s: float | None) -> str:
    """``1.02-1.20``, ``1.02.500-1.20``, ``1.00.00-1.00.05``; empty for the whole video. Colons are not for file names."""
    if start_s is None and end_s is None:
        return ""
    end = end_s if end_s is not None else video.duration_s
    return f"{_clock(start_s or 0.0)}-{_clock(end) if end is not None else 'end'}"


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000) % 1000 == 0
    return format_time(seconds, millis=not whole).replace(":", ".")


def _date(upload_date: str | None) -> str:
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", upload_date or "", re.ASCII)
    return "-".join(match.groups()) if match else ""


def _fill(template: str, values: dict[str, str]) -> str:
    check_template(template)
    return sanitise(fill(template, values))


def _whole(stem: str) -> str:
    """Return a stem that is no device of Windows, no hidden file and no option of a program."""
    stem = stem.strip(" .") or "video"
    return f"_{stem}" if stem.startswith("-") or _RESERVED.fullmatch(stem) else stem


def _visible(text: str) -> Iterator[str]:
    """``text`` without what cannot be seen, except where it is spelling: joiners between letters that join or between emoji, and
    the tags of a flag. Marks of direction and other invisible characters go: by them a name shows what it is not."""
    before = ""
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category in _SPACES or char in _BLANKS:
            before = " "
        elif char in _JOINERS:
            if not (_joins(before) and _joins(text[place + 1 : place + 2])):
                continue
            before = char
        elif ord(char) in _TAGS:
            if before != _FLAG and (not before or ord(before) not in _TAGS):
                continue
            before = char
        elif (
            char in _UNSEEN
            or (category in _DROPPED and char not in _SHOWN)
            or ord(char) & 0xFFFE == 0xFFFE
            or 0xFDD0 <= ord(char) <= 0xFDEF
        ):
            continue
        else:
            before = char
        yield before


def _joins(char: str) -> bool:
    """Return whether a joiner beside ``char`` is spelling: not where that goes or becomes another character."""
    if not char or unicodedata.category(char)[0] not in "LMS" or char in _UNSEEN or ord(char) in _REPLACED:
        return False
    return not unicodedata.name(char, "").startswith(_PLAIN_SCRIPTS)


def _size(text: str) -> int:
    return len(text.encode())


def _cut(text: str, max_bytes: int) -> str:
    """Return the longest beginning of at most ``max_bytes`` that does not split what a reader sees as one character."""
    if _size(text) <= max_bytes:
        return text
    kept, size = "", 0
    for cluster in _clusters(text):
        size += _size(cluster)
        if size > max_bytes:
            break
        kept += cluster
    return kept.rstrip(" .")


def _clusters(text: str) -> Iterator[str]:
    """Grapheme clusters as far as titles need them (Unicode annex 29): marks, emoji skin tones, flags, Hangul jamo."""
    cluster, flags = "", 0
    for char in text:
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        extends = (
            unicodedata.category(char) in ("Mn", "Me", "Mc")
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or "\u1160" <= char <= "\u11ff"
            or char in _JOINERS
            or ord(char) in _TAGS
            or cluster[-1:] in _JOINERS
            or (is_flag and flags % 2 == 1)
        )
        if cluster and not extends:
            yield cluster
            cluster = ""
        flags = flags + 1 if is_flag else 0
        cluster += char
    if cluster:
        yield cluster


def _field_list() -> str:
    return ", ".join(f"{{{field}}}" for field in FIELDS)
