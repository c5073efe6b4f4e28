"""What was demuxed, decoded and written, recorded for verification."""
