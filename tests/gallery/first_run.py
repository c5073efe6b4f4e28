"""Make the pictures of the first run in ``docs/gallery`` from the real page in a real Chromium, while the test of it runs.

.venv/bin/python tests/gallery/first_run.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "docs" / "gallery"
KEPT = ("light-1200", "dark-320")
"""Of each step: the wide page in light, the narrow one in dark."""


def main() -> int:
    """Return the exit code of the test."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "tests/run.py", "--no-setup", "--", "tests/e2e/test_first_run.py"]
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, "CLIPFERRY_TEST_PICTURES": folder}, check=False)
        for path in sorted(Path(folder).glob("first-run-*.png")):
            if path.stem.endswith(KEPT):
                with Image.open(path) as picture:
                    picture.convert("RGB").save(GALLERY / f"{path.stem}.webp", quality=90, method=6)
    return code.returncode


if __name__ == "__main__":
    sys.exit(main())
