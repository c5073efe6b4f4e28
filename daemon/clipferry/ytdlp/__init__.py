"""Which yt-dlp is in use: versions side by side, update, trial, the way back."""
