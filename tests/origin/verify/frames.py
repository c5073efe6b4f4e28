"""A finished file → which numbered pictures it shows, and when."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import av.error
import numpy as np

from ..media import pattern

_WITH_EDIT_LISTS = (".mp4", ".m4v", ".mov")


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a file in the order shown. ``seen``: (pts in seconds, number or ``None`` if unreadable)."""

    seen: tuple[tuple[float, int | None], ...]
    decode_errors: int = 0
    size: tuple[int, int] = (0, 0)
    first: int | None = field(init=False)
    last: int | None = field(init=False)

    def __post_init__(self) -> None:
        numbers = self.numbers
        object.__setattr__(self, "first", numbers[0] if numbers else None)
        object.__setattr__(self, "last", numbers[-1] if numbers else None)

    @property
    def numbers(self) -> list[int | None]:
        return [number for _, number in self.seen]

    def faults(self, first: int, last: int) -> list[str]:
        """What differs from showing each of ``first`` … ``last`` once, in order, at rising times; empty: nothing."""
        said: list[str] = []
        numbers = self.numbers
        if self.decode_errors:
            said.append(f"{self.decode_errors} decode errors")
        if unreadable := numbers.count(None):
            said.append(f"{unreadable} unreadable pictures")
        wanted = range(first, last + 1)
        counts = Counter(number for number in numbers if number is not None)
        if missing := [number for number in wanted if not counts[number]]:
            said.append(f"missing {_runs(missing)}")
        if extra := sorted(number for number in counts if number not in wanted):
            said.append(f"not wanted {_runs(extra)}")
        if twice := sorted(number for number, count in counts.items() if count > 1):
            said.append(f"more than once {_runs(twice)}")
        readable = [number for number in numbers if number is not None]
        if readable != sorted(readable):
            said.append("out of order")
        times = [pts for pts, _ in self.seen]
        if any(after <= before for before, after in itertools.pairwise(times)):
            said.append("times do not rise")
        return said


def pictures(path: Path, *, edit_lists: bool = True) -> Pictures:
    """Decode the first video stream of ``path``. ``edit_lists`` false: as a player that ignores them shows it."""
    file = path.stat()
    return _pictures(
        path, edit_lists or path.suffix not in _WITH_EDIT_LISTS, (file.st_ino, file.st_size, file.st_mtime_ns)
    )


@lru_cache(maxsize=32)
def _pictures(path: Path, edit_lists: bool, _: tuple[int, ...]) -> Pictures:
    seen: list[tuple[float, int | None]] = []
    errors = 0
    size = (0, 0)
    options = {} if edit_lists else {"ignore_editlist": "1"}
    with av.open(str(path), options=options) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                break
            except av.error.InvalidDataError:
                errors += 1
                continue
            for frame in frames:
                if not isinstance(frame, av.VideoFrame):
                    continue
                size = (frame.width, frame.height)
                seen.append((_seconds(frame), pattern.read_number(_luma(frame))))
                errors += bool(frame.is_corrupt)
    return Pictures(tuple(seen), errors, size)


def frame_numbers(path: Path, *, edit_lists: bool = True) -> list[tuple[float, int | None]]:
    """(pts in seconds, number) of every picture, in the order shown."""
    return list(pictures(path, edit_lists=edit_lists).seen)


def _seconds(frame: av.VideoFrame) -> float:
    if frame.pts is None or frame.time_base is None:
        return float("nan")
    return float(Fraction(frame.pts) * frame.time_base)


def _luma(frame: av.VideoFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8 | np.uint16]]:
    if not frame.format.name.startswith(("yuv", "gray", "nv12")):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    kind = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
    width = frame.width * np.dtype(kind).itemsize
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, :width]
    return np.ascontiguousarray(rows).view(kind)


def _runs(numbers: list[int]) -> str:
    """``[1, 2, 3, 7]`` → ``1-3, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
