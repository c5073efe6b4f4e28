"""The fixture of all tests of the service's methods."""

from .desk import desk, storage

__all__ = ["desk", "storage"]
