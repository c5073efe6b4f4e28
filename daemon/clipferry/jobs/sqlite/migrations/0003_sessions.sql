-- A person lent a session for this job. The session itself is never in here, and is given back when the job ends.
ALTER TABLE jobs ADD COLUMN session INTEGER NOT NULL DEFAULT 0;
