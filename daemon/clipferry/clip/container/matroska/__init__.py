"""Matroska and WebM (RFC 8794, RFC 9559). Pure."""
