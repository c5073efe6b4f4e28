-- Whose job it is: equal clips of two owners are two jobs. A constraint cannot be altered, so the table is made anew.
CREATE TABLE jobs_with_owner (
    id            TEXT PRIMARY KEY,          -- ULID: sorts by age
    owner         TEXT NOT NULL DEFAULT 'local',
    state         TEXT NOT NULL,
    identity      TEXT,                      -- (video, item, range, output) while this job answers for it
    url           TEXT NOT NULL,
    site          TEXT,
    item          INTEGER,
    start_s       REAL,
    end_s         REAL,
    output        TEXT NOT NULL,             -- protocol.OutputParams
    allow_private INTEGER NOT NULL,
    from_page     INTEGER NOT NULL,
    title         TEXT,
    uploader      TEXT,
    thumbnail_url TEXT,
    duration_s    REAL,
    priority      INTEGER NOT NULL,
    position      REAL NOT NULL,
    created_at    REAL NOT NULL,             -- Unix time, as all *_at
    updated_at    REAL NOT NULL,
    finished_at   REAL,
    wait_reason   TEXT,
    not_before    REAL,
    tries         TEXT NOT NULL,             -- stored.StoredCounts
    failure       TEXT,                      -- stored.StoredFailure
    staged        TEXT,                      -- stored.StoredFile
    target        TEXT,
    size_bytes    INTEGER,
    proof         TEXT,                      -- stored.StoredProof
    pinned        INTEGER NOT NULL,
    progress      TEXT,                      -- stored.StoredProgress as of the last flush
    search        TEXT NOT NULL,             -- title, uploader, url and file name, case folded
    lease_owner   TEXT,                      -- who runs it
    lease_until   REAL,
    lease_no      INTEGER NOT NULL DEFAULT 0, -- grows with every claim and every stop: an old holder can change nothing any more
    live          INTEGER NOT NULL DEFAULT 0,
    finishing     INTEGER NOT NULL DEFAULT 0,
    session       INTEGER NOT NULL DEFAULT 0,
    whole         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (identity, owner)                 -- in this order: no query for an owner's history may prefer it to the ids
) WITHOUT ROWID;

INSERT INTO jobs_with_owner (
    id, state, identity, url, site, item, start_s, end_s, output, allow_private, from_page, title, uploader, thumbnail_url,
    duration_s, priority, position, created_at, updated_at, finished_at, wait_reason, not_before, tries, failure, staged, target,
    size_bytes, proof, pinned, progress, search, lease_owner, lease_until, lease_no, live, finishing, session, whole
) SELECT
    id, state, identity, url, site, item, start_s, end_s, output, allow_private, from_page, title, uploader, thumbnail_url,
    duration_s, priority, position, created_at, updated_at, finished_at, wait_reason, not_before, tries, failure, staged, target,
    size_bytes, proof, pinned, progress, search, lease_owner, lease_until, lease_no, live, finishing, session, whole
FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_with_owner RENAME TO jobs;

CREATE INDEX jobs_queue ON jobs (priority DESC, position, id) WHERE state = 'queued';
CREATE INDEX jobs_position ON jobs (position);
CREATE INDEX jobs_open ON jobs (state) WHERE state NOT IN ('done', 'failed', 'cancelled');
CREATE INDEX jobs_state ON jobs (state, id);

-- The oldest schema whose programs can read and write this file: see database._migrate.
INSERT OR REPLACE INTO facts VALUES ('oldest_schema', '5');
