"""``python -m origin``: the local internet by hand, until Enter or Ctrl-C."""

from __future__ import annotations

import contextlib

from . import LocalInternet
from .sites.youtube.films import FILMS


def main() -> None:
    with LocalInternet() as internet:
        print("The local internet runs. To use it from a shell:\n")
        for name, value in internet.env().items():
            if name.isupper():
                print(f"  export {name}={value}")
        print(
            "\n  chromium --user-data-dir=$(mktemp -d)",
            *internet.chromium_args(),
            "https://www.youtube.com/watch?v=AAAAAAAAAA1",
        )
        print("  yt-dlp --compat-options no-certifi https://www.youtube.com/watch?v=AAAAAAAAAA1\n")
        for film in FILMS.values():
            print(f"  https://www.youtube.com/watch?v={film.id}  {film.seconds:g} s  {film.title}")
        print("\nEnter ends it.")
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            input()
        for entry in internet.log():
            print(entry.method, entry.host, entry.path, entry.status, entry.sent, entry.fault or "")


if __name__ == "__main__":
    main()
