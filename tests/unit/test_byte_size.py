from __future__ import annotations

import pytest

from clipferry.system.byte_size import byte_size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 kB"),
        (1, "0.1 kB"),
        (999_600, "1000 kB"),
        (1_000_000, "1 MB"),
        (1_530_000, "1.6 MB"),
        (12_345_678, "13 MB"),
        (1_640_000_000, "1.7 GB"),
        (20_000_000_000, "20 GB"),
        (3_200_000_000_000, "3.2 TB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert byte_size(count) == text
