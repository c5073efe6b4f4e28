"""What a check finds."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """``WARN``: clips can be taken all the same. ``FAIL``: they cannot."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in words."""

    check: str
    """A stable name, for programs."""
    verdict: Verdict
    said: str
    fix: str | None = None
    """What the person does about it; always there where the verdict is not ``OK``."""


def ok(check: str, said: str) -> Finding:
    return Finding(check, Verdict.OK, said)


def warn(check: str, said: str, fix: str) -> Finding:
    return Finding(check, Verdict.WARN, said, fix)


def fail(check: str, said: str, fix: str) -> Finding:
    return Finding(check, Verdict.FAIL, said, fix)
