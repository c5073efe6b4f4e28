"""HLS playlists and encryption (RFC 8216). Pure."""
