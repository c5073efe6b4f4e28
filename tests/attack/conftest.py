"""The daemons of ``api.fixtures``."""

from api.fixtures import daemon, online

__all__ = ["daemon", "online"]
