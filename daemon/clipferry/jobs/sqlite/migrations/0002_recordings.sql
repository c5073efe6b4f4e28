-- A clip of a broadcast that was running, and a person's word that it may end: committed before it is acknowledged.
ALTER TABLE jobs ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN finishing INTEGER NOT NULL DEFAULT 0;
