"""Chains of exceptions, also those that end in themselves."""

from __future__ import annotations

from clipferry.clip.error_chain import error_chain
from clipferry.clip.http.urllib3_errors import explained
from clipferry.jobs.errors import ran_out_of_memory


def circle() -> ValueError:
    """An exception that came of another, which came of it."""
    first, second = ValueError("first"), OSError("second")
    first.__cause__, second.__context__ = second, first
    return first


def test_each_link_is_met_once() -> None:
    assert [str(one) for one in error_chain(circle())] == ["first", "second"]
    assert list(error_chain(None)) == []


def test_a_cause_comes_before_a_context() -> None:
    error, cause, context = ValueError(), OSError(), KeyError()
    error.__cause__, error.__context__ = cause, context
    assert list(error_chain(error)) == [error, cause]


def test_a_circle_is_judged_as_any_failure() -> None:
    assert not ran_out_of_memory(circle())
    assert explained(circle()).code == "network"
    memory = circle()
    assert memory.__cause__ is not None
    memory.__cause__.__context__ = MemoryError()
    assert ran_out_of_memory(memory)
