"""www.instagram.com and its media hosts, as the unmodified yt-dlp and an unmodified browser find them."""
