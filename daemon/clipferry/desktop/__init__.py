"""The desktop process: tray icon and notifications. A client of the daemon like any other, in a process of its own."""
