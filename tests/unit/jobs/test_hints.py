"""What a person is told to do next is true where they read it: on the command line, in the panel, of a job that goes on."""

from __future__ import annotations

import pytest

from clipferry.cli.hints import error_for_command
from clipferry.clip import errors
from clipferry.jobs.job import Failure, Tries
from clipferry.jobs.scheduler import Later, after_failure, waiting_hint

ENGINES_OWN = [kind for kind in errors.all_kinds().values() if kind.__module__ == errors.__name__]
BROWSERS_WORDS = ("allow clipferry", "dashboard", "pages may not", "by itself", "goes on")


@pytest.mark.parametrize("kind", ENGINES_OWN, ids=lambda kind: kind.code)
def test_no_error_promises_what_only_the_daemon_does(kind: type[errors.ClipError]) -> None:
    assert "by itself" not in kind.hint
    assert "goes on" not in kind.hint


@pytest.mark.parametrize("lent", [False, True])
@pytest.mark.parametrize("kind", ENGINES_OWN, ids=lambda kind: kind.code)
def test_the_command_line_speaks_of_nothing_that_is_not_there(kind: type[errors.ClipError], lent: bool) -> None:
    hint = error_for_command(kind(), lent=lent).hint.lower()
    assert not [words for words in BROWSERS_WORDS if words in hint]


@pytest.mark.parametrize("kind", ENGINES_OWN, ids=lambda kind: kind.code)
def test_a_job_that_waits_says_that_it_goes_on_by_itself(kind: type[errors.ClipError]) -> None:
    failure = Failure.of(kind())
    verdict = after_failure(failure, Tries(), online=True, chance=0.5)
    if isinstance(verdict, Later):
        assert "by itself" in waiting_hint(failure, verdict.reason).hint
