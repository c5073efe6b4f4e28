"""Worker processes: the daemon's pool of them, the frames between both, and what runs inside."""
