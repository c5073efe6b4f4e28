"""``clipferry doctor`` on the impersonation of browsers: which there are, and what is wrong where there are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import CommandLine


def finding(cli: CommandLine) -> dict[str, str | None]:
    findings = json.loads(cli.run("doctor", "--json").out)["findings"]
    return next(dict(one) for one in findings if one["check"] == "impersonation")


def stub(cli: CommandLine, folder: Path, code: str) -> None:
    """Put another curl_cffi before the installed one."""
    (folder / "curl_cffi").mkdir(parents=True)
    (folder / "curl_cffi" / "__init__.py").write_text(code)
    cli.env["PYTHONPATH"] = str(folder)


def test_the_browsers_are_counted(cli: CommandLine) -> None:
    found = finding(cli)
    assert found["verdict"] == "ok"
    assert "browsers (chrome-" in str(found)


@pytest.mark.parametrize(
    "code", ["raise ImportError('another libc')\n", "__version__ = '0.99.0'\n", "import os\nos._exit(1)\n"],
    ids=["does not load", "a version that yt-dlp does not support", "crashes"],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_needs_it(cli: CommandLine, tmp_path: Path, code: str) -> None:
    stub(cli, tmp_path / "first", code)
    found = finding(cli)
    assert found["verdict"] == "warn"
    assert "does not work with curl_cffi" in str(found)
    assert "Instagram without a login" in str(found)
    assert "install.py" in str(found["fix"])
