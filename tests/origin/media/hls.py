"""HLS packings (RFC 8216) of a recipe's streams."""

from __future__ import annotations

import hashlib
from itertools import accumulate
from pathlib import Path

import av

from .encode import audio_stream, inputs, run, video_stream
from .recipes import Pack, Recipe


def hls(recipe: Recipe, folder: Path) -> None:
    """Write ``index.m3u8`` and its segments into ``folder``."""
    if recipe.pack is Pack.HLS_JUMP:
        _jump(recipe, folder)
        return
    if recipe.pack is Pack.HLS_PACKED:
        _packed(recipe, folder)
        return
    flags = "+independent_segments" + ("+single_file" if "ranges" in recipe.pack.value else "")
    fmp4 = recipe.pack in (Pack.HLS_FMP4, Pack.HLS_RANGES_FMP4)
    suffix = ".m4s" if fmp4 else ".ts"
    name = f"media{suffix}" if "ranges" in recipe.pack.value else f"segment-%03d{suffix}"
    extra = (
        ["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"]
        if fmp4
        else ["-hls_segment_type", "mpegts"]
    )
    if recipe.pack is Pack.HLS_AES:
        extra += ["-hls_key_info_file", str(_key(recipe, folder))]
    offset = ["-output_ts_offset", str(recipe.start_s)] if recipe.start_s else []
    run(
        *inputs(recipe),
        *("-f", "hls", "-hls_time", str(recipe.segment_s), "-hls_list_size", "0", "-hls_playlist_type", "vod"),
        *("-hls_flags", flags, "-hls_segment_filename", str(folder / name), *extra, *offset),
        str(folder / "index.m3u8"),
    )


def _key(recipe: Recipe, folder: Path) -> Path:
    """ffmpeg's key info file: the key's URI in the playlist, where it lies, and the IV."""
    digest = hashlib.sha256(repr(recipe).encode()).digest()
    (folder / "key.bin").write_bytes(digest[:16])
    info = folder / "key.info"
    info.write_text(f"key.bin\n{folder / 'key.bin'}\n{digest[16:].hex()}\n")
    return info


def _jump(recipe: Recipe, folder: Path) -> None:
    """Two halves, each with a clock of its own; the frame numbers and the sound go on."""
    half = recipe.seconds / 2
    lists = []
    for part in (0, 1):
        words: list[str] = []
        if recipe.picture:
            words += ["-i", str(video_stream(recipe.picture, half, first=round(part * half * recipe.picture.fps)))]
        if recipe.sound:
            words += ["-i", str(audio_stream(recipe.sound, half, first_s=part * half))]
        maps = [word for index in range(len(words) // 2) for word in ("-map", str(index))]
        playlist = folder / f"part-{part}.m3u8"
        run(
            *words,
            *maps,
            *("-c", "copy", "-f", "hls", "-hls_time", str(recipe.segment_s), "-hls_list_size", "0"),
            *("-hls_playlist_type", "vod", "-hls_segment_filename", str(folder / f"part-{part}-%03d.ts")),
            str(playlist),
        )
        lists.append(playlist.read_text().splitlines())
        playlist.unlink()
    first = [line for line in lists[0] if line != "#EXT-X-ENDLIST"]
    start = next(index for index, line in enumerate(lists[1]) if line.startswith("#EXTINF"))
    (folder / "index.m3u8").write_text("\n".join([*first, "#EXT-X-DISCONTINUITY", *lists[1][start:]]) + "\n")


def _packed(recipe: Recipe, folder: Path) -> None:
    """The sound's frames in segments, each behind the time of its first sample, ``start_s`` being the time of the video's 0."""
    assert recipe.sound is not None
    coded = audio_stream(recipe.sound, recipe.seconds)
    muxer = ["-f", "adts"] if recipe.sound.codec == "aac" else ["-f", "mp3", "-write_xing", "0", "-id3v2_version", "0"]
    whole = folder / "whole"
    run("-i", str(coded), "-c", "copy", *muxer, str(whole))
    head = 7 if recipe.sound.codec == "aac" else 0
    with av.open(str(coded)) as media:
        base = media.streams.audio[0].time_base
        assert base is not None
        packets = [
            (float(packet.pts * base), packet.size)
            for packet in media.demux(audio=0)
            if packet.size and packet.pts is not None
        ]
    data = whole.read_bytes()
    whole.unlink()
    ends = list(accumulate(size + head for _, size in packets))
    assert ends[-1] == len(data)
    delay_s = packets[0][0] if recipe.sound.bare else 0.0  # before 0 lies what the encoder put in front
    times = [at - delay_s for at, _ in packets]
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{round(recipe.segment_s) + 1}"]
    first = number = 0
    while first < len(packets):
        due = (number + 1) * recipe.segment_s
        last = len(packets)
        if due < recipe.seconds:
            last = next(index for index in range(first + 1, len(packets)) if times[index] >= due)
        until = times[last] if last < len(packets) else recipe.seconds
        name = f"segment-{number:03d}.{'aac' if head else 'mp3'}"
        frames = data[ends[first - 1] if first else 0 : ends[last - 1]]
        (folder / name).write_bytes(_timestamp(recipe.start_s + times[first]) + frames)
        lines += [f"#EXTINF:{until - max(0.0, times[first]):.5f},", name]
        first, number = last, number + 1
    (folder / "index.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n")


def _timestamp(seconds: float) -> bytes:
    """An ID3 tag with a PRIV frame, in front of a segment of packed sound."""
    frame = b"com.apple.streaming.transportStreamTimestamp\0" + (round(seconds * 90000) % (1 << 33)).to_bytes(8, "big")
    return b"ID3\4\0\0\0\0\0" + bytes([10 + len(frame)]) + b"PRIV\0\0\0" + bytes([len(frame), 0, 0]) + frame
