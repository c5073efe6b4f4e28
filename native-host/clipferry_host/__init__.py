"""The native messaging host: relays frames between a browser and the daemon. Standard library only."""
