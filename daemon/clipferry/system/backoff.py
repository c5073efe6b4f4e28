"""Exponential back-off. Pure."""

from __future__ import annotations


def backoff_s(failures: int, first_s: float, longest_s: float, *, chance: float = 0.5) -> float:
    """Return how long to wait after ``failures`` ≥ 1 in a row: ``first_s``, twice that, …, at most ``longest_s``.

    Args:
        chance: in [0, 1): spreads the wait over ± 50 %, so that those that failed together do not try again together.
    """
    base_s = min(first_s * 2.0 ** min(failures - 1, 60), longest_s)
    return min(base_s * (0.5 + chance), longest_s)
