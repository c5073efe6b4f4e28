"""The video track of a clip: stream copy with encoded edges, or encoded from first to last frame."""
