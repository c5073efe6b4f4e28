"""The result of a check."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """``WARN``: clips can be created all the same. ``FAIL``: they cannot."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    check: str
    """A stable name, for programs."""
    verdict: Verdict
    said: str
    fix: str | None = None
    """The fix; always set where the verdict is not ``OK``."""


def ok(check: str, said: str) -> Finding:
    return Finding(check, Verdict.OK, said)


def warn(check: str, said: str, fix: str) -> Finding:
    return Finding(check, Verdict.WARN, said, fix)


def fail(check: str, said: str, fix: str) -> Finding:
    return Finding(check, Verdict.FAIL, said, fix)
