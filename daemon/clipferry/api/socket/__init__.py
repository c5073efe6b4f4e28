"""The local socket: length-prefixed JSON frames for the native host, the command line and the tray."""
