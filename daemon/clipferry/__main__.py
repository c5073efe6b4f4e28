"""``clipferry`` and ``python -m clipferry``: where every command begins."""

import sys


def main() -> None:
    """Run the command that ``sys.argv`` names; see ``cli.main``."""
    if sys.argv[1:2] == ["clip"]:
        from .early_extraction import begin  # noqa: PLC0415

        begin()
    from .cli import main as command  # noqa: PLC0415

    command()


if __name__ == "__main__":
    main()
