"""Numbered pictures and timed sound, coded and packed in every way that the tests need.

``make(recipe("h264-vfr", Pack.FMP4))`` gives a path; made at first use, kept in ``tests/.media``.
"""

from .package import make
from .recipes import PICTURES, SOUNDS, Pack, Picture, Recipe, Sound, recipe, x264
from .remux import remux

__all__ = ["PICTURES", "SOUNDS", "Pack", "Picture", "Recipe", "Sound", "make", "recipe", "remux", "x264"]
