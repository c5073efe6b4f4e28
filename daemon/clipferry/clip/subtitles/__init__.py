"""Subtitle formats: parsed, cut to the clip, written."""
