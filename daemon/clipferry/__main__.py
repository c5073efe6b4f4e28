"""``python -m clipferry``."""

from .cli import main

main()
