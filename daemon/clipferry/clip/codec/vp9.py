"""The pixel format of a VP9 keyframe (VP9 bitstream specification 6.2, uncompressed header), which Matroska does not declare."""

from __future__ import annotations

from .bitstream import BitReader

_SYNC_CODE = 0x498342
_SRGB = 7


def pix_fmt(keyframe: bytes) -> str | None:
    """Return libav's name of the pixel format; ``None``: the packet is not a VP9 keyframe."""
    bits = BitReader(keyframe[:16])
    try:
        if bits.u(2) != 2:
            return None
        profile = bits.u(1) | bits.u(1) << 1
        if profile == 3:
            bits.flag()
        show_existing, inter = bits.flag(), bits.flag()
        bits.u(2)
        if show_existing or inter or bits.u(24) != _SYNC_CODE:
            return None
        depth = "" if profile < 2 else "12le" if bits.flag() else "10le"
        if bits.u(3) == _SRGB:
            return "gbrp" + depth
        bits.flag()
        if profile in (0, 2):
            return "yuv420p" + depth
        across, down = bits.flag(), bits.flag()
    except ValueError:
        return None
    return {(True, True): "yuv420p", (True, False): "yuv422p", (False, True): "yuv440p"}.get(
        (across, down), "yuv444p"
    ) + depth
