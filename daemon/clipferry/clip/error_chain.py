"""Iterate over what led to an exception (Python language reference, 7.8: ``__cause__``, ``__context__``)."""

from __future__ import annotations

from collections.abc import Iterator


def error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield ``error``, then its cause or else its context, and so on, each once: an exception that is raised again while what it led
    to is handled makes a chain that ends in itself."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
