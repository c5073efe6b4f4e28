"""www.youtube.com and its relatives, as the unmodified yt-dlp and an unmodified browser find them."""
