"""The finished file: transcoding by ffmpeg, tags, cover, name, and its place in the person's folder."""
