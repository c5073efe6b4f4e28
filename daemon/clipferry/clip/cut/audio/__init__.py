"""The audio track of a clip: copied, or decoded and encoded to exactly the clip's samples."""
