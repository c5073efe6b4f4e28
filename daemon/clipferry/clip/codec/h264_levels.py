"""Reorder depth of H.264 streams whose headers do not declare it (ITU-T H.264, A.3.1 and E.2.1)."""

from __future__ import annotations

_MOST = 16
_BASELINE = 66
_MAX_DPB_MBS = {
    9: 396, 10: 396, 11: 900, 12: 2376, 13: 2376, 20: 2376, 21: 4752, 22: 8100, 30: 8100, 31: 18000, 32: 20480,
    40: 32768, 41: 32768, 42: 34816, 50: 110400, 51: 184320, 52: 184320, 60: 696320, 61: 696320, 62: 696320,
}  # fmt: skip
"""``MaxDpbMbs`` by ``level_idc`` (table A-1)."""


def inferred_frames(profile: int, level: int, poc_type: int, macroblocks: int) -> int:
    """Return the reorder depth of a stream without one in its VUI: ``MaxDpbFrames``, or 0 if its pictures are in order.

    Args:
        profile: ``profile_idc``; Baseline has no B slices (A.2.1).
        level: ``level_idc``.
        poc_type: ``pic_order_cnt_type``; with 2, display order is decode order (8.2.1.3).
        macroblocks: of one frame.
    """
    if poc_type == 2 or profile == _BASELINE:
        return 0
    return min(_MAX_DPB_MBS.get(level, 696320) // max(macroblocks, 1), _MOST)
