"""The job store in SQLite: connection, statements, rows, migrations."""
