"""The tables of ``docs/PROTOCOL.md`` that are made from the code: ``PYTHONPATH=tests python -m api.protocol_tables`` rewrites them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import clipferry
from clipferry.api.errors import status_of
from clipferry.clip.errors import all_kinds
from clipferry.protocol.methods import METHODS

DOCUMENT = Path(__file__).parents[2] / "docs" / "PROTOCOL.md"
_GENERATED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def method_table() -> str:
    """One row for each row of the method table."""
    rows = ["| method | who | time-out | REST |", "|---|---|---|---|"]
    for name, method in METHODS.items():
        who = "page, person" if method.page else "person"
        routes = [f"`POST /api/{name}`", *([f"`{method.rest}`"] if method.rest else [])]
        rows.append(f"| [`{name}`](#{anchor(name)}) | {who} | {method.timeout_s:g} s | {', '.join(routes)} |")
    return "\n".join(rows)


def error_table() -> str:
    """One row for each error code."""
    import_errors()
    rows = ["| code | HTTP | exit code | retry | sentence |", "|---|---|---|---|---|"]
    for code, kind in sorted(all_kinds().items()):
        exit_code = kind.exit_code if "exit_code" in vars(kind) else ""
        retry = "yes" if kind.retryable else ""
        rows.append(f"| `{code}` | {status_of(kind())} | {exit_code} | {retry} | {kind.sentence} |")
    return "\n".join(rows)


def anchor(name: str) -> str:
    """The anchor that GitHub gives to the heading of a method."""
    return name.replace(".", "")


def with_tables(text: str) -> str:
    """``text`` with its generated parts as they are to be."""
    tables = {"methods": method_table, "errors": error_table}
    return _GENERATED.sub(lambda found: f"{found[1]}{tables[found[2]]()}\n{found[3]}", text)


def import_errors() -> None:
    """Import every module that defines a kind of error."""
    root = Path(clipferry.__path__[0])
    for source in root.rglob("*.py"):
        if re.search(r"^    ((status, )?code(, exit_code)?|usual_reason) = ", source.read_text(), re.MULTILINE):
            importlib.import_module(".".join(source.relative_to(root.parent).with_suffix("").parts))


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text()))
