"""Clients of the daemon's protocol, for programs of ours."""
