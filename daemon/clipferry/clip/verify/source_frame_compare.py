"""Comparison of the file's decoded frames with the source's: the same frame, or one of its neighbours?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..cut.frame_compare import psnr_db

_CLEARLY_DB, _GOOD_DB = 6.0, 8.0
"""A neighbour that is so much nearer was taken instead, unless the frame is well above its least PSNR: an encoder that repeats its last
frame where next to nothing changes is no fault."""


def mismatched_frames(
    seen: Mapping[int, bytes], known: Mapping[int, bytes], min_psnr_db: float
) -> Iterator[tuple[int, str]]:
    """Find frames of the file that are not the source's.

    Args:
        seen: luma samples of the file's frames, by timestamp of the source.
        known: of the source's frames.
        min_psnr_db: least PSNR of an encoded frame.

    Yields:
        The timestamp, and what was measured.
    """
    times = sorted(known)
    for place, pts in enumerate(times):
        if pts not in seen or not known[pts]:
            continue
        near_db = psnr_db(seen[pts], known[pts])
        if near_db < min_psnr_db:
            yield pts, f"{near_db:.1f} dB"
        elif near_db < min_psnr_db + _GOOD_DB:
            others = (
                psnr_db(seen[pts], known[other]) for other in times[max(place - 2, 0) : place + 3] if other != pts
            )
            best_db = max(others, default=0.0)
            if best_db > near_db + _CLEARLY_DB:
                yield pts, f"{near_db:.1f} dB, another {best_db:.1f} dB"
