"""DASH packings (ISO/IEC 23009-1) of a recipe's streams."""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from .encode import inputs, run
from .recipes import Pack, Picture, Recipe


def dash(recipe: Recipe, folder: Path) -> None:
    """Write ``manifest.mpd`` and its segments into ``folder``."""
    sets = ["id=0,streams=v"] if recipe.picture else []
    if recipe.sound:
        sets.append(f"id={len(sets)},streams=a")
    addressing = {
        Pack.DASH_TIMELINE: ["-use_template", "1", "-use_timeline", "1"],
        Pack.DASH_NUMBER: ["-use_template", "1", "-use_timeline", "0"],
        Pack.DASH_LIST: ["-use_template", "1", "-use_timeline", "1"],
        Pack.DASH_RANGES: ["-use_template", "0", "-use_timeline", "0", "-single_file", "1"],
    }[recipe.pack]
    # A constant duration is true only where every segment begins at a keyframe of its own.
    length_s = recipe.picture.gop_s if recipe.pack is Pack.DASH_NUMBER and recipe.picture else recipe.segment_s
    run(
        *inputs(recipe),
        *("-f", "dash", "-seg_duration", str(length_s), "-adaptation_sets", " ".join(sets), *addressing),
        *("-dash_segment_type", "mp4"),
        str(folder / "manifest.mpd"),
    )
    if recipe.pack is Pack.DASH_LIST:
        path = folder / "manifest.mpd"
        path.write_text(_listed(path.read_text(), folder))


def _listed(manifest_text: str, folder: Path) -> str:
    """ffmpeg's SegmentTemplate with SegmentTimeline, its segments named one by one."""

    def spell_out(found: re.Match[str]) -> str:
        name, timescale, timeline = found["id"], found["timescale"], found["timeline"]
        urls = "".join(f'<SegmentURL media="{one.name}"/>' for one in sorted(folder.glob(f"chunk-stream{name}-*.m4s")))
        start = f'<SegmentList timescale="{timescale}"><Initialization sourceURL="init-stream{name}.m4s"/>'
        return f"{found['before']}{start}{timeline}{urls}</SegmentList>"

    pattern = (
        r'(?P<before><Representation id="(?P<id>\d+)"(?:(?!<SegmentTemplate).)*)<SegmentTemplate timescale="(?P<timescale>\d+)"[^>]*>\s*'
        r"(?P<timeline><SegmentTimeline>.*?</SegmentTimeline>)\s*</SegmentTemplate>"
    )
    return re.sub(pattern, spell_out, manifest_text, flags=re.DOTALL)


def segment_base(seconds: float, streams: Mapping[str, tuple[Recipe, Path]], folder: Path) -> None:
    """One fragmented file a stream (``video``, ``audio``), its sidx named by ``indexRange``: as in Instagram's manifests."""
    sets = []
    for stream, (recipe, path) in streams.items():
        shutil.copyfile(path, folder / f"{stream}.mp4")
        sets.append(adaptation_set(stream, f"{stream}.mp4", path, recipe))
    (folder / "manifest.mpd").write_text(manifest(seconds, sets))


def manifest(seconds: float, sets: list[str]) -> str:
    body = "".join(sets)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static"'
        f' minBufferTime="PT1.5S" mediaPresentationDuration="PT{seconds:g}S"><Period duration="PT{seconds:g}S">{body}</Period></MPD>\n'
    )


def adaptation_set(stream: str, url: str, path: Path, recipe: Recipe, *, representation: str | None = None) -> str:
    """An AdaptationSet with one Representation of the sidx file ``path``, to be found under ``url``."""
    start, end = sidx_range(path)
    if recipe.picture:
        picture = recipe.picture
        facts = f'codecs="{_codecs(path, picture)}" width="{picture.width}" height="{picture.height}" frameRate="{picture.fps}"'
    else:
        facts = 'codecs="mp4a.40.2" audioSamplingRate="48000"'
    rate = round(path.stat().st_size * 8 / recipe.seconds)
    return (
        f'<AdaptationSet contentType="{stream}" mimeType="{stream}/mp4" subsegmentAlignment="true">'
        f'<Representation id={quoteattr(representation or stream)} bandwidth="{rate}" {facts}>'
        f"<BaseURL>{url.replace('&', '&amp;')}</BaseURL>"
        f'<SegmentBase indexRange="{start}-{end}"><Initialization range="0-{start - 1}"/></SegmentBase>'
        "</Representation></AdaptationSet>"
    )


def _codecs(path: Path, picture: Picture) -> str:
    """The RFC 6381 string; for H.264 from the file's own avcC (ISO/IEC 14496-15, 5.3.3.1)."""
    if picture.codec != "libx264":
        others = {"libx265": "hvc1.1.6.L60.90", "libvpx-vp9": "vp09.00.11.08", "libsvtav1": "av01.0.00M.08"}
        return others[picture.codec]
    head = path.read_bytes()[:4096]
    at = head.index(b"avcC") + 5
    return "avc1." + head[at : at + 3].hex().upper()


def sidx_range(path: Path) -> tuple[int, int]:
    """First and last byte of the file's sidx box (ISO/IEC 14496-12, 8.16.3)."""
    with path.open("rb") as file:
        at = 0
        while header := file.read(8):
            size, kind = struct.unpack(">I4s", header)
            if kind == b"sidx":
                return at, at + size - 1
            at += size
            file.seek(at)
    raise ValueError(f"{path} has no sidx")
