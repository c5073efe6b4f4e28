"""clipferry: take exactly the piece of a video you are watching home."""

__version__ = "0.1.0"
