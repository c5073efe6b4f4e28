"""Every error that is raised has its texts, with the params that they need; no text is left over."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

import clipferry
from api.message_file import error_messages, in_message_file
from api.protocol_tables import import_errors
from clipferry.clip.error_texts import Text, fill, placeholders
from clipferry.clip.errors import BadMedia, ClipError, DiskFull, all_texts, of_code, of_fields
from clipferry.clip.http.range_client import PastEnd, Retry
from clipferry.jobs.failure import Failure

import_errors()
ROOT = Path(clipferry.__path__[0])
WRAPPERS = ("Retry", "PastEnd")
"""Kinds whose first argument is no reason."""


def _kinds() -> dict[str, type[ClipError]]:
    found: dict[str, type[ClipError]] = {}
    waiting: list[type[ClipError]] = [ClipError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.startswith("clipferry."):
            found[kind.__name__] = kind
        waiting.extend(kind.__subclasses__())
    return found


KINDS = _kinds()
CASES = [(code, reason) for code, reasons in all_texts().items() for reason in reasons]


def _strings(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in ROOT.rglob("*.py"):
        if path.name != "error_texts.py":
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _own_errors(path: Path, tree: ast.Module) -> set[str]:
    """The names in a module that mean kinds of ``ClipError``: imported ones and its own."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] in ERROR_MODULES
        for alias in node.names
    }
    dotted = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
    names |= {name for name, kind in KINDS.items() if kind.__module__ == dotted}
    return names & KINDS.keys()


ERROR_MODULES = {kind.__module__.split(".")[-1] for kind in KINDS.values()}


def _calls() -> Iterator[tuple[str, type[ClipError], ast.Call, set[str]]]:
    """Where, of which kind, the call, and the strings that a computed reason may be."""
    for path, tree in _modules():
        names = _own_errors(path, tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names - set(WRAPPERS):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", KINDS[node.func.id], node, _strings(tree)


def _params(call: ast.Call) -> set[str] | None:
    """The params that a call gives; ``None``: computed ones."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return {keyword.arg for keyword in call.keywords if keyword.arg} - {"detail", "retry_after_s"}


def _needed(code: str, reason: str) -> frozenset[str]:
    text = all_texts()[code][reason]
    return placeholders(text.sentence) | placeholders(text.hint or all_texts()[code][""].hint)


def test_every_kind_has_texts_of_its_own() -> None:
    assert {kind.code for kind in KINDS.values()} == all_texts().keys()
    for code, reasons in all_texts().items():
        assert reasons[""].sentence, code
        assert reasons[""].hint, code
        assert not _needed(code, ""), f"{code} is raised without params"


def test_no_two_reasons_of_a_code_are_one_sentence() -> None:
    for code, reasons in all_texts().items():
        texts: dict[Text, list[str]] = defaultdict(list)
        for reason, text in reasons.items():
            texts[text].append(reason)
        assert not [same for same in texts.values() if len(same) > 1], code


def test_every_error_that_is_raised_has_its_text_and_the_params_of_it() -> None:
    wrong = []
    found = 0
    for where, kind, call, _ in _calls():
        if not call.args:
            if params := _params(call):
                wrong.append(f"{where}: {kind.code} takes no {params}")
            continue
        found += 1
        reasons = _strings(call.args[0]) if not isinstance(call.args[0], ast.Subscript | ast.Name) else set()
        for reason in reasons:
            if reason not in all_texts()[kind.code]:
                wrong.append(f"{where}: {kind.code} has no “{reason}”")
            elif (params := _params(call)) is not None and params != _needed(kind.code, reason):
                wrong.append(f"{where}: {reason} needs {set(_needed(kind.code, reason))}, not {params}")
    assert not wrong, "\n".join(wrong)
    assert found > 100


def test_no_text_is_left_over() -> None:
    raised = {(kind.code, kind.usual_reason) for kind in KINDS.values()} | {(code, "") for code in all_texts()}
    for _, kind, call, strings in _calls():
        if call.args:
            first = call.args[0]
            literal = isinstance(first, ast.Constant | ast.IfExp)
            raised |= {(kind.code, string) for string in (_strings(first) if literal else strings)}
    for path, tree in _modules():  # kinds that are chosen at run time, as ``kind(reason)``
        strings = _strings(tree)
        raised |= {
            (KINDS[name].code, string) for name in _own_errors(path, tree) & _computed(tree) for string in strings
        }
        raised |= {("bad_media", "status")} if "PastEnd" in path.read_text(encoding="utf-8") else set()
    assert not [case for case in CASES if case not in raised]


def _computed(tree: ast.Module) -> set[str]:
    """Names that stand in a tuple: a table of kinds and reasons."""
    return {e.id for n in ast.walk(tree) if isinstance(n, ast.Tuple) for e in n.elts if isinstance(e, ast.Name)}


@pytest.mark.parametrize(("code", "reason"), CASES)
def test_an_error_is_the_same_in_another_process(code: str, reason: str) -> None:
    kind = next(kind for kind in KINDS.values() if kind.code == code and kind.__init__ in (ClipError.__init__, RATE))
    error = kind(reason, detail="for the log", **dict.fromkeys(_needed(code, reason), 5))
    assert "{" not in error.sentence + error.hint
    fields = json.loads(json.dumps(error.to_fields()))
    copies = (of_fields(fields), pickle.loads(pickle.dumps(error)), copy.copy(error), error.with_detail("for the log"))
    for other in copies:
        assert type(other) is all_kinds_by_code(code) or type(other) is kind
        assert other.to_fields() == error.to_fields()
        assert str(other) == str(error)
    failure = Failure.of(error)
    assert Failure(**json.loads(json.dumps(asdict(failure)))) == failure


RATE = KINDS["RateLimited"].__init__


def all_kinds_by_code(code: str) -> type[ClipError]:
    return type(of_code(code, sentence="", hint=""))


def test_a_wrapped_error_keeps_its_case() -> None:
    cause = of_code("network", sentence="Words of another version.", hint="Update.", reason="news", params={"count": 2})
    error = Retry(cause, wait_s=2.0)
    assert (error.sentence, error.hint) == (cause.sentence, cause.hint)
    assert (error.reason, dict(error.params)) == ("news", {"count": 2})
    assert pickle.loads(pickle.dumps(error)).wait_s == 2.0
    assert PastEnd(9).sentence == "The site refused the request (416)."


def test_a_case_of_another_version_has_the_text_of_its_code() -> None:
    assert DiskFull("a_reason_of_next_year", blocks=4).sentence == DiskFull.sentence


def test_values_are_put_in_as_they_are() -> None:
    assert fill("{a} and {b}", {"a": "{b}", "b": r"\1"}) == r"{b} and \1"
    assert fill("{missing}.", {}) == "….", "never a KeyError in place of the error"
    assert fill("{free_bytes}", {"free_bytes": 1_640_000_000}) == "1.7 GB"


def test_a_failure_of_an_older_version_has_no_params() -> None:
    failure = Failure(**json.loads('{"code": "bad_media", "sentence": "S", "hint": "H", "detail": "", "site": null}'))
    assert (failure.reason, failure.params, failure.advice) == ("", {}, "")
    assert BadMedia.code == failure.code


def test_the_web_side_has_the_same_texts() -> None:
    """``PYTHONPATH=tests python -m api.message_file`` writes them anew."""
    expected = error_messages()
    assert in_message_file() == expected
    assert all(re.fullmatch(r"[A-Za-z0-9_@]+", key) for key in expected), "what browsers take for a name"
    assert len({key.lower() for key in expected}) == len(expected), "they ignore case"
    assert not [text for text in expected.values() if "$" in text], "it begins a placeholder of theirs"
