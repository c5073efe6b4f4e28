"""Byte ranges of one remote file: requested, kept in a sparse file, and read."""
