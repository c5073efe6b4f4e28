"""A window held against the whole file: the packets that a demuxer makes of both."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer

from clipferry.clip.model import MediaSource, Window

Packets = dict[bytes, tuple[str, float, bool]]
"""Kind, presentation time and whether it is a key, by the packet's bytes."""


def of_file(path: Path) -> Packets:
    """As libav reads it from the disk."""
    with av.open(str(path)) as file:
        return _packets(file)


def _packets(container: InputContainer, zero_s: float = 0.0) -> Packets:
    return {
        bytes(one): (one.stream.type, float(one.pts * one.time_base) - zero_s, one.is_keyframe)
        for one in container.demux()
        if one.pts is not None and one.time_base is not None
    }


def needed(known: Packets, kind: str, start_s: float, end_s: float | None) -> set[bytes]:
    """From the last key by the start to the end."""
    own = [(at, key, data) for data, (of, at, key) in known.items() if of == kind]
    key_s = max((at for at, key, _ in own if key and at <= start_s + 0.0005), default=0.0)
    return {data for at, _, data in own if at >= key_s and (end_s is None or at < end_s - 0.0005)}


def assert_window(source: MediaSource, known: Packets, start_s: float, end_s: float | None) -> Packets:
    """Everything that the window needs is there, each packet at its time; gives what was there."""
    with source.open(Window(start_s, end_s)) as opened, av.open(opened.file, "r", format=opened.demuxer) as file:
        found = _packets(file, opened.origin_s)
    assert found.keys() <= known.keys()
    for data, (kind, at, key) in found.items():
        assert (kind, key) == (known[data][0], known[data][2])
        assert abs(at - known[data][1]) < 0.001
    for kind in ("video", "audio"):
        assert needed(known, kind, start_s, end_s) - found.keys() == set()
    return found
