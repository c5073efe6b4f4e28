-- One row per clip. What is asked for and searched by has a column; the rest of a value is JSON.
CREATE TABLE jobs (
    id            TEXT PRIMARY KEY,          -- ULID: sorts by age
    state         TEXT NOT NULL,
    identity      TEXT UNIQUE,               -- (video, item, range, output) while this job answers for it
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
    tries         TEXT NOT NULL,             -- job.Tries
    failure       TEXT,                      -- job.Failure
    staged        TEXT,                      -- job.Staged
    target        TEXT,
    size_bytes    INTEGER,
    proof         TEXT,                      -- protocol.ProofInfo
    pinned        INTEGER NOT NULL,
    progress      TEXT,                      -- protocol.JobProgress as of the last flush
    search        TEXT NOT NULL,             -- title, uploader, url and file name, case folded
    lease_owner   TEXT,                      -- who runs it
    lease_until   REAL,
    lease_no      INTEGER NOT NULL DEFAULT 0 -- grows with every claim and every stop: an old holder's word counts no more
) WITHOUT ROWID;

CREATE INDEX jobs_queue ON jobs (priority DESC, position, id) WHERE state = 'queued';
CREATE INDEX jobs_position ON jobs (position);
CREATE INDEX jobs_open ON jobs (state) WHERE state NOT IN ('done', 'failed', 'cancelled');
CREATE INDEX jobs_state ON jobs (state, id);

-- A video's addresses, learned by resolving: another address of the same video is the same clip.
CREATE TABLE addresses (
    url       TEXT PRIMARY KEY,              -- video_links.video_address
    video_key TEXT NOT NULL
) WITHOUT ROWID;

-- What has to be remembered beside the jobs.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
