-- A link's own range (a /clip/ page, t=) is what is taken when no marks are given, unless all of the video was asked for.
ALTER TABLE jobs ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;
-- Jobs from before were promised all of the video.
UPDATE jobs SET whole = 1 WHERE start_s IS NULL AND end_s IS NULL;

-- Only the ids of YouTube's videos were unique: a key like generic:index (a file's name) stood for different videos, and addresses
-- were shortened by what means nothing on YouTube. Those jobs stay, but answer for no later request.
UPDATE jobs SET identity = NULL
WHERE identity NOT LIKE '["youtube:___________",%'
   OR identity LIKE '["youtube:videoseries",%'
   OR identity LIKE '["youtube:live_stream",%';

DROP TABLE addresses;
-- A video's addresses, learned by resolving: another address of the same video is the same clip.
CREATE TABLE addresses (
    url       TEXT PRIMARY KEY,              -- video_links.video_address
    video_key TEXT NOT NULL,
    start_s   REAL,                          -- the range that the page at this address shows
    end_s     REAL
) WITHOUT ROWID;
