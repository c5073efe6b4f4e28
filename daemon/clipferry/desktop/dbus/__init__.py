"""The icon and its menu over D-Bus: StatusNotifierItem and com.canonical.dbusmenu."""
