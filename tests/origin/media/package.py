"""Coded streams → the file or folder that a recipe asks for, without coding anything again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import cache
from .encode import inputs, run
from .hls import hls
from .mpd import dash, segment_base
from .recipes import Pack, Recipe

FRAGMENTED = "+frag_keyframe+empty_moov+default_base_moof+global_sidx+negative_cts_offsets"


def make(recipe: Recipe) -> Path:
    """The media of ``recipe``; for HLS and DASH the playlist or manifest, with its segments beside it."""
    if not recipe.pack.folder:
        return cache.made("media", repr(recipe), recipe.pack.entry, lambda target: _file(recipe, target))
    folder = cache.made("media", repr(recipe), "tree", lambda target: _folder(recipe, target))
    return folder / recipe.pack.entry


def _folder(recipe: Recipe, target: Path) -> None:
    target.mkdir()
    if recipe.pack is Pack.DASH_BASE:
        streams = {"video": replace(recipe, sound=None), "audio": replace(recipe, picture=None)}
        present = {name: one.packed(Pack.FMP4) for name, one in streams.items() if one.picture or one.sound}
        segment_base(recipe.seconds, {name: (one, make(one)) for name, one in present.items()}, target)
    elif recipe.pack.value.startswith("hls"):
        hls(recipe, target)
    else:
        dash(recipe, target)


def _file(recipe: Recipe, target: Path) -> None:
    run(*inputs(recipe), *_muxer(recipe), *_start(recipe), str(target))


def _start(recipe: Recipe) -> list[str]:
    return ["-output_ts_offset", str(recipe.start_s)] if recipe.start_s else []


def _muxer(recipe: Recipe) -> list[str]:
    bare = recipe.sound is not None and recipe.sound.bare
    tag = ["-tag:v", "hvc1"] if recipe.picture and recipe.picture.codec == "libx265" else []
    match recipe.pack:
        case Pack.FMP4:
            # A sound track without pictures has no keyframes to cut at: ten seconds a fragment, as YouTube's m4a has.
            every = [] if recipe.picture else ["-frag_duration", "10000000"]
            editlist = ["-use_editlist", "0", "-avoid_negative_ts", "make_zero"] if bare else []
            flags = FRAGMENTED if recipe.picture else FRAGMENTED.replace("+frag_keyframe", "")
            # Without this the muxer counts fragments from 0, whatever the packets say.
            flags += "+frag_discont" if recipe.start_s else ""
            return ["-f", "mp4", "-movflags", flags, *every, *editlist, *tag]
        case Pack.MP4_FRONT:
            return ["-f", "mp4", "-movflags", "+faststart", *tag]
        case Pack.MP4_END:
            return ["-f", "mp4", *tag]
        case Pack.WEBM_FRONT:
            return ["-f", "webm", "-cues_to_front", "1"]
        case Pack.WEBM_END:
            return ["-f", "webm"]
        case Pack.MKV:
            return ["-f", "matroska"]
        case Pack.TS:
            return ["-f", "mpegts"]
        case _:
            raise ValueError(recipe.pack)
