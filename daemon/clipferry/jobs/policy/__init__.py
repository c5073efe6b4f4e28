"""Policy on jobs, almost without I/O: scheduling, dedupe, retention, lent sessions."""
