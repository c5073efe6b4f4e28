"""Sites that yt-dlp knows nothing about."""
