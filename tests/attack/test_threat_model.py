"""docs/THREAT_MODEL.md names tests; they have to exist, or the row is only a promise."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "THREAT_MODEL.md").read_text()


def test_every_test_that_the_threat_model_names_exists() -> None:
    sources = {path: path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    there = {name for text in sources.values() for name in re.findall(r"def (test_\w+)", text)}
    named = re.findall(r"::…?_?(\w+?)(?:_?…|[`,*])", TEXT)
    assert len(named) > 20
    for name in named:
        assert any(test == name or name in test for test in there), name
    files = set(re.findall(r"test_\w+\.py", TEXT))
    assert files <= {path.name for path in sources}


def test_every_attack_is_in_the_threat_model() -> None:
    """The other way round: a file of attacks that no row speaks of defends nothing that anybody can read about."""
    ours = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert {name for name in ours if name not in TEXT} == set()
