"""What a person is told to do next is true where they read it: on the command line, in the panel, of a job that goes on."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

from clipferry.cli.hints import error_for_command
from clipferry.clip import errors
from clipferry.clip.disk.folder_errors import NameRefused, of_os_error
from clipferry.clip.error_texts import TEXTS
from clipferry.clip.http.proxies import proxy_trouble
from clipferry.jobs.failure import Failure
from clipferry.jobs.job import FailureCounts, Wait
from clipferry.jobs.policy.scheduler import RetryLater, after_failure, waiting_hint

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
    verdict = after_failure(failure, FailureCounts(), online=True, chance=0.5)
    if isinstance(verdict, RetryLater):
        assert "by itself" in waiting_hint(failure, verdict.reason).hint


def test_a_job_that_waits_does_not_ask_to_be_tried_again() -> None:
    for kind in ENGINES_OWN:
        failure = Failure.of(kind())
        verdict = after_failure(failure, FailureCounts(), online=True, chance=0.5)
        if isinstance(verdict, RetryLater):
            hint = waiting_hint(failure, verdict.reason).hint
            assert "try again" not in hint.lower(), kind.code
            assert hint.count("by itself") == 1, kind.code


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (proxy_trouble("refused"), "Check the proxy in the settings."),
        (proxy_trouble("Tunnel connection failed: 407"), "Write them into its address in the settings"),
        (proxy_trouble("Tunnel connection failed: 403"), "Ask whoever runs the proxy"),
        (of_os_error(NameRefused(errno.EINVAL, "refused"), Path("/x")), "a shorter name pattern"),
        (of_os_error(OSError(errno.EROFS, "read-only"), Path("/x")), "Choose another folder in the settings."),
        (of_os_error(OSError(errno.ENOENT, "missing"), Path("/x")), "Plug the drive in again"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_job_that_waits_keeps_the_advice_that_ends_the_wait(error: errors.ClipError, kept: str) -> None:
    failure = Failure.of(error)
    verdict = after_failure(failure, FailureCounts(), online=True, chance=0.5)
    assert isinstance(verdict, RetryLater)
    hint = waiting_hint(failure, verdict.reason).hint
    assert kept in hint
    assert hint.endswith("The clip goes on by itself.")


@pytest.mark.parametrize("reason", sorted(TEXTS["network"]))
def test_advice_to_try_again_is_replaced_while_the_job_is_retried(reason: str) -> None:
    told = waiting_hint(Failure.of(errors.NetworkError(reason)), Wait.NETWORK)
    assert not re.search(r"\btry\b.*\bagain\b", told.hint, re.IGNORECASE)
    assert "goes on by itself" in told.hint
    assert told.advice in ("continues", "wait_network")
