"""The fixture of all tests of the service's methods."""

from .desk import desk

__all__ = ["desk"]
