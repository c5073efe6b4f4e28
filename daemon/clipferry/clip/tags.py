"""What a clip says of itself (see ``facts.py``), and a cover, written in place; no media byte changes.

MP4 and M4A carry iTunes atoms, MP3 ID3v2.3, FLAC and Opus Vorbis comments (all by mutagen). Chapters: in MP3 as id3.org's
"ID3v2 Chapter Frame Addendum" has them, in FLAC as xiph.org's "Chapter Extension"; the others get theirs while they are written.
"""

# mypy: disable-error-code="no-untyped-call"
# (mutagen is a module with a marker of types and nearly none of them)

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, CHAP, COMM, CTOC, ID3, TDRC, TIT2, TPE1, WOAS, CTOCFlags
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus

from .model import Chapter, OutputKind

log = logging.getLogger(__name__)

MAX_COVER_BYTES = 2 * 1024 * 1024
_MOST_CHAPTERS = 255
"""A table of contents counts its entries in one byte."""
_JPEG, _PNG, _RIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF"


def write_tags(
    path: Path, kind: OutputKind, said: dict[str, str], cover: bytes | None, chapters: Sequence[Chapter] = ()
) -> bool:
    """Write ``said`` (see :func:`~clipferry.clip.facts.facts`), the cover and, into MP3 and FLAC, the chapters (on the clip's
    clock); gives whether its kind holds tags that we write.

    A file that cannot be tagged stays as it is: that is no reason to lose a clip.
    """
    writers = {
        OutputKind.MP4: _mp4, OutputKind.M4A: _mp4, OutputKind.MP3: _mp3, OutputKind.FLAC: _flac, OutputKind.OPUS: _opus,
    }  # fmt: skip
    writer = writers.get(kind)
    if writer is None:
        return False
    try:
        writer(path, said, cover, chapters)
    except (MutagenError, ValueError, KeyError, IndexError) as exc:
        log.warning("no tags in %s: %s", path.name, exc)
        return False
    return True


def usable_cover(image: bytes) -> bytes | None:
    """``image`` as JPEG or PNG, which every container holds; WebP is turned into JPEG. ``None`` for anything else."""
    if len(image) > MAX_COVER_BYTES:
        return None
    if image.startswith((_JPEG, _PNG)):
        return image
    if image.startswith(_RIFF) and image[8:12] == b"WEBP":
        return _to_jpeg(image)
    return None


# Inside ---------------------------------------------------------------------------------------------------------------


def _mp4(path: Path, said: dict[str, str], cover: bytes | None, _: Sequence[Chapter]) -> None:
    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    tags: Any = file.tags
    for name, atom in {"title": "\xa9nam", "artist": "\xa9ART", "date": "\xa9day", "comment": "\xa9cmt"}.items():
        if name in said:
            tags[atom] = [said[name]]
    if cover is not None:
        kind = MP4Cover.FORMAT_PNG if cover.startswith(_PNG) else MP4Cover.FORMAT_JPEG
        tags["covr"] = [MP4Cover(cover, kind)]
    file.save()


def _mp3(path: Path, said: dict[str, str], cover: bytes | None, chapters: Sequence[Chapter]) -> None:
    tags = ID3()
    tags.add(TIT2(encoding=1, text=said.get("title", "")))
    if "artist" in said:
        tags.add(TPE1(encoding=1, text=said["artist"]))
    if "date" in said:
        tags.add(TDRC(encoding=1, text=said["date"]))
    if "comment" in said:
        tags.add(COMM(encoding=1, lang="und", desc="", text=said["comment"]))
        tags.add(WOAS(url=said["comment"]))
    if cover is not None:
        tags.add(APIC(encoding=0, mime=_mime(cover), type=3, desc="", data=cover))
    _add_chapters(tags, chapters[:_MOST_CHAPTERS])
    tags.save(path, v2_version=3)


def _add_chapters(tags: ID3, chapters: Sequence[Chapter]) -> None:
    """Times in milliseconds; a byte offset of all ones says that there is none (addendum, 3.1)."""
    names = [f"chp{number}" for number in range(len(chapters))]
    for name, chapter in zip(names, chapters, strict=True):
        tags.add(
            CHAP(
                element_id=name,
                start_time=round(chapter.start_s * 1000),
                end_time=round(chapter.end_s * 1000),
                start_offset=0xFFFFFFFF,
                end_offset=0xFFFFFFFF,
                sub_frames=[TIT2(encoding=1, text=chapter.title)],
            )
        )
    if chapters:
        flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
        tags.add(CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[]))


def _flac(path: Path, said: dict[str, str], cover: bytes | None, chapters: Sequence[Chapter]) -> None:
    file = FLAC(path)
    file.update({name: [value] for name, value in said.items()})
    for number, chapter in enumerate(chapters[:999], 1):
        file[f"CHAPTER{number:03}"] = [_clock(chapter.start_s)]
        file[f"CHAPTER{number:03}NAME"] = [chapter.title]
    if cover is not None:
        file.add_picture(_picture(cover))
    file.save()


def _opus(path: Path, said: dict[str, str], cover: bytes | None, _: Sequence[Chapter]) -> None:
    file = OggOpus(path)
    file.update({name: [value] for name, value in said.items()})
    if cover is not None:
        file["metadata_block_picture"] = [base64.b64encode(_picture(cover).write()).decode("ascii")]
    file.save()


def _picture(cover: bytes) -> Picture:
    picture = Picture()
    picture.data, picture.type, picture.mime = cover, 3, _mime(cover)
    return picture


def _mime(cover: bytes) -> str:
    return "image/png" if cover.startswith(_PNG) else "image/jpeg"


def _to_jpeg(image: bytes) -> bytes | None:
    import av  # noqa: PLC0415 - only for a cover of this kind

    try:
        with av.open(io.BytesIO(image), mode="r", format="webp_pipe") as source:
            frame = next(source.decode(video=0))
        target = io.BytesIO()
        with av.open(target, "w", format="mjpeg") as output:
            stream = output.add_stream("mjpeg", rate=1, options={"qmin": "2", "qmax": "4"})
            stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuvj420p"
            for encoded in (frame.reformat(format="yuvj420p"), None):
                output.mux(stream.encode(encoded))
        return target.getvalue()
    except (av.FFmpegError, StopIteration, ValueError) as exc:
        log.info("cover: %s", exc)
        return None


def _clock(seconds: float) -> str:
    minutes, ms = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02}.{ms % 1000:03}"
