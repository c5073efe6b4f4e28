"""Rules about jobs, without I/O: what may run, what is the same clip, what is cleaned up, what a lent session means."""
