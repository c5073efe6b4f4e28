"""A local internet for tests: YouTube, Instagram and a plain video site, for unmodified yt-dlp and unmodified browsers.

See ``README.md`` beside this file.
"""

from . import media, verify
from .faults import Fault, Kind
from .internet import Counters, LocalInternet
from .log import Entry
from .sites.youtube.films import Case, Film, Outcome, case_id

__all__ = [
    "Case",
    "Counters",
    "Entry",
    "Fault",
    "Film",
    "Kind",
    "LocalInternet",
    "Outcome",
    "case_id",
    "media",
    "verify",
]
