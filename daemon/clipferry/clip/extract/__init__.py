"""From a link to the formats of its video: yt-dlp behind one adapter, what it answers, and what is cached of it."""
