"""The icon's pictures, and the menu in the form that panels ask for."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

import clipferry
from clipferry.desktop.dbus.status_notifier_item import argb_pixmaps
from clipferry.desktop.icon_image import SIZE, IconState, icon_image, progress_step

_CLONE = Path(__file__).parents[3]


def test_the_three_states_look_different() -> None:
    pictures = [icon_image(IconState.IDLE), icon_image(IconState.ATTENTION), *map(_busy, (0.0, 0.5, 1.0))]
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert {picture.size for picture in pictures} == {(SIZE, SIZE)}


def _busy(fraction: float) -> Image.Image:
    return icon_image(IconState.BUSY, progress_step(fraction))


def test_pixels_are_argb_in_network_byte_order() -> None:
    picture = icon_image(IconState.IDLE)
    for width, height, data in argb_pixmaps(picture):
        assert len(data) == width * height * 4
        middle = (height // 5 * width + width // 2) * 4
        red, green, blue, alpha = picture.getpixel((SIZE // 2, SIZE // 5))  # type: ignore[misc]
        near = zip(data[middle : middle + 4], (alpha, red, green, blue), strict=True)
        assert all(abs(got - wanted) < 24 for got, wanted in near)


def test_the_icon_is_the_extensions() -> None:
    ours = Path(clipferry.__file__).parent / "desktop" / "clipferry.png"
    assert ours.read_bytes() == (_CLONE / "extension" / "public" / "icon" / "128.png").read_bytes()
