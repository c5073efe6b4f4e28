"""Attribute failures to a new yt-dlp version, and decide when it is rolled back. Pure; times are seconds of the monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

PROBATION_S = 3600.0
"""After so long a version is trusted: what fails then is more likely the site's doing."""
JOBS = 3
SITES = 2
UNUSABLE = frozenset(("engine_broken", "outdated_extractor"))
"""Failures (``ClipError.code``) after which it cannot be used at all."""
SUSPECT = frozenset(("extractor_failed", "worker_crashed", "internal"))
"""Mistakes of a program, not answers of a site."""


@dataclass(frozen=True, slots=True)
class Probation:
    """The record of the version in use since it was taken into use."""

    version: str
    ends: float
    failed: frozenset[tuple[str, str]] = frozenset()
    """Job and site of each failure that may be its doing."""

    def after(self, code: str, *, job: str, site: str, now: float) -> Probation:
        """The record after ``job`` failed with ``code``."""
        counts = code in UNUSABLE or (code in SUSPECT and now < self.ends)
        return replace(self, failed=self.failed | {(job, site)}) if counts else self

    def lost(self, code: str) -> bool:
        """Whether it has to go, ``code`` being the latest failure."""
        if code in UNUSABLE:
            return True
        sites = {site for _, site in self.failed}
        return len(self.jobs) >= JOBS and len(sites) >= SITES

    @property
    def jobs(self) -> frozenset[str]:
        """Those that deserve another try with another version."""
        return frozenset(job for job, _ in self.failed)
