"""Validate untrusted data as a message of the protocol; the error's sentence names the field that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import ValidationError

from ..jobs.errors import BadRequest
from ..protocol.base import Message

_Model = TypeVar("_Model", bound=Message)
_REASONS = {"missing": "missing_field", "extra_forbidden": "unknown_field"}
"""Reasons by pydantic's type of the error."""


def validated(model: type[_Model], raw: object, *, ignore_unknown: bool = False) -> _Model:
    """``raw``, as JSON gave it, as a ``model``; nothing is taken for what it is not (``"5"`` for 5, ``1`` for true).

    Args:
        ignore_unknown: leave out fields that the model does not have: its sender is known to be of a newer version.

    Raises:
        BadRequest: a field is missing, unknown or of another type; the sentence names the first one.
        ClipError: a field's own reader refused its value, e.g. ``InvalidTime``.
    """
    # As text once more: only there does strict mode read an enum's value and a list for a tuple.
    extra: Literal["ignore"] | None = "ignore" if ignore_unknown else None
    return _checked(model, lambda: model.model_validate_json(json.dumps(raw), strict=True, extra=extra))


def validated_query(model: type[_Model], raw: dict[str, object]) -> _Model:
    """A query's parameters, all of them text, as a ``model``.

    Raises:
        BadRequest: as for ``validated``.
    """
    return _checked(model, lambda: model.model_validate(raw))


def _checked(model: type[_Model], read: Callable[[], _Model]) -> _Model:
    try:
        return read()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][:6])[:100]
        reason = _REASONS.get(first["type"], "wrong_field")
        detail = f"{model.__name__}: {first['type']} at {where}"
        said = {"said": first["msg"][:300]} if reason == "wrong_field" else {}
        raise BadRequest(reason, detail=detail, field=where or "body", **said) from error
