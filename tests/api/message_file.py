"""The texts of the daemon's errors in the web side's English message file: ``PYTHONPATH=tests python -m api.message_file`` rewrites them.

Keys, which ``extension/src/ui/error-text.ts`` looks up: ``failed_CODE`` and ``failed_CODE__REASON`` for what happened, ``todo_…`` for what to
do next, ``advice_KEY``. A case without a hint of its own has no ``todo_CODE__REASON``.
"""

from __future__ import annotations

import json
from pathlib import Path

from clipferry.cli.error_texts import TEXTS as CLI
from clipferry.client.error_texts import TEXTS as CLIENT
from clipferry.clip.errors import all_texts
from clipferry.jobs.error_texts import ADVICE

from .protocol_tables import import_errors

MESSAGES = Path(__file__).parents[2] / "extension" / "public" / "_locales" / "en" / "messages.json"
_PREFIXES = ("failed_", "todo_", "advice_")


def error_messages() -> dict[str, str]:
    """Every text that an error of the daemon may need in a client, by its key."""
    import_errors()
    found: dict[str, str] = {}
    for code, reasons in sorted(all_texts().items()):
        if code in CLI or code in CLIENT:
            continue
        for reason, text in reasons.items():
            name = f"{code}__{reason}" if reason else code
            found[f"failed_{name}"] = text.sentence
            if text.hint:
                found[f"todo_{name}"] = text.hint
    return found | {f"advice_{key}": text for key, text in ADVICE.items()}


def in_message_file() -> dict[str, str]:
    """Those texts as they are in the message file."""
    entries = json.loads(MESSAGES.read_text(encoding="utf-8"))
    return {key: entry["message"] for key, entry in entries.items() if key.startswith(_PREFIXES)}


def main() -> None:
    """Write the texts into the message file, behind the others."""
    entries = json.loads(MESSAGES.read_text(encoding="utf-8"))
    kept = {key: entry for key, entry in entries.items() if not key.startswith(_PREFIXES)}
    written = kept | {key: {"message": text} for key, text in error_messages().items()}
    MESSAGES.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
