"""Number of bytes for people. Pure."""

from __future__ import annotations

_UNITS = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def byte_size(count: int) -> str:
    """Format a number of bytes as ``1.7 GB`` or ``12 MB``: two digits or more, rounded up; 1 MB is 10^6 bytes, as disks are sold and
    file managers count."""
    unit, name = next((entry for entry in _UNITS if count >= entry[0]), _UNITS[-1])
    tenths = -(-count * 10 // unit)
    return f"{tenths / 10:g} {name}" if tenths < 100 else f"{-(-count // unit)} {name}"
