-- What memory knows, derived from the event streams. Times are RFC 3339 in UTC with nine decimals, as the broker
-- stored the event, so that they sort as text. Rows of things that happened are keyed by their place in the log
-- (run, shard, seq); rows of things that have a state are keyed by their name. Long texts are cut (see apply.py):
-- the log has the whole.

CREATE TABLE position (
    stream  TEXT PRIMARY KEY,
    seq     INTEGER NOT NULL,  -- last applied; moves in the same transaction as the rows
    created TEXT NOT NULL,     -- when the stream was made: another time means another stream
    time    TEXT NOT NULL      -- when the last applied event was stored: another time means another history
) WITHOUT ROWID;

CREATE TABLE runs (
    run            TEXT NOT NULL,
    shard          INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    task           TEXT NOT NULL,
    model          TEXT NOT NULL,
    role           TEXT NOT NULL,
    status         TEXT NOT NULL,            -- submitted, planned, running, succeeded, failed, cancelled
    submitted_at   TEXT NOT NULL,
    submitted_by   TEXT NOT NULL,
    submission     TEXT NOT NULL,            -- JSON: repository, policy, limits, notes
    project        TEXT NOT NULL,
    revision       INTEGER NOT NULL DEFAULT 0, -- of its plan
    started_at     TEXT NOT NULL DEFAULT '',
    finished_at    TEXT NOT NULL DEFAULT '',
    failure_code    TEXT NOT NULL DEFAULT '',
    failure_message TEXT NOT NULL DEFAULT '',
    failure_fix     TEXT NOT NULL DEFAULT '',
    retryable      INTEGER NOT NULL DEFAULT 0,
    branch         TEXT NOT NULL DEFAULT '',
    commit_id      TEXT NOT NULL DEFAULT '',
    tree           TEXT NOT NULL DEFAULT '',
    bundle         TEXT,                     -- JSON of the artifact that holds the commit
    base_commit    TEXT NOT NULL DEFAULT '',
    summary        TEXT NOT NULL DEFAULT '',
    turns          INTEGER,                  -- as the run's end says; NULL while it runs
    evidence       TEXT,                     -- JSON of the evidence the run ended with
    test_command   TEXT NOT NULL DEFAULT '',
    exit_code      INTEGER,
    passed         INTEGER,
    failed         INTEGER,
    error          INTEGER,
    skipped        INTEGER,
    timeout        INTEGER,
    crashed        INTEGER,
    total          INTEGER,
    PRIMARY KEY (run, shard)
);
CREATE INDEX runs_by_time ON runs (submitted_at, run);
CREATE INDEX runs_by_status ON runs (status, submitted_at, run);

CREATE TABLE steps (
    run       TEXT NOT NULL,
    shard     INTEGER NOT NULL,
    step      TEXT NOT NULL,
    seq       INTEGER NOT NULL,              -- where it was first named, for the order of the plan
    place     INTEGER NOT NULL,              -- its place in that plan
    revision  INTEGER NOT NULL,
    role      TEXT NOT NULL,
    goal      TEXT NOT NULL,
    needs     TEXT NOT NULL,                 -- JSON list of step ids
    spec      TEXT NOT NULL,                 -- JSON of the plan's node, but for the goal
    state     TEXT NOT NULL,                 -- pending, ready, running, waiting, done, failed, cancelled, dropped
    round     INTEGER NOT NULL DEFAULT 0,
    attempt   INTEGER NOT NULL DEFAULT 0,    -- the current one
    worker    TEXT NOT NULL DEFAULT '',
    ended_at  TEXT NOT NULL DEFAULT '',
    summary   TEXT NOT NULL DEFAULT '',
    commit_id TEXT NOT NULL DEFAULT '',
    tree      TEXT NOT NULL DEFAULT '',
    evidence  TEXT NOT NULL DEFAULT '',      -- id of the evidence it ended with
    failure_code    TEXT NOT NULL DEFAULT '',
    failure_message TEXT NOT NULL DEFAULT '',
    failure_fix     TEXT NOT NULL DEFAULT '',
    retryable INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, shard, step)
);

CREATE TABLE attempts (
    run          TEXT NOT NULL,
    shard        INTEGER NOT NULL,
    step         TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    round        INTEGER NOT NULL,
    worker       TEXT NOT NULL,
    outcome      TEXT NOT NULL,              -- running, waiting, done, failed, lost, released, cancelled
    started_at   TEXT NOT NULL,
    ended_at     TEXT NOT NULL DEFAULT '',
    session      TEXT NOT NULL DEFAULT '',
    isolation    TEXT NOT NULL DEFAULT '',
    test_command TEXT NOT NULL DEFAULT '',
    base_commit  TEXT NOT NULL DEFAULT '',
    notes        TEXT NOT NULL DEFAULT '[]', -- JSON list of sentences
    applied      TEXT NOT NULL DEFAULT '[]', -- JSON list of what is in its prompt, and why
    failure_code    TEXT NOT NULL DEFAULT '',
    failure_message TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, shard, step, attempt)
);

CREATE TABLE turns (
    run           TEXT NOT NULL,
    shard         INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    step          TEXT NOT NULL,
    attempt       INTEGER NOT NULL,
    turn          INTEGER NOT NULL,
    at            TEXT NOT NULL,
    message       TEXT NOT NULL,             -- JSON, as the model said it
    commit_id     TEXT NOT NULL,
    tree          TEXT NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cost_usd      REAL,
    estimated     INTEGER NOT NULL,
    duration_s    REAL NOT NULL,
    PRIMARY KEY (run, shard, seq)
);
-- Sums over the turns of a run are read from this index alone; so are those over its calls, from theirs.
CREATE INDEX turns_by_step ON turns (run, shard, step, at);

CREATE TABLE tool_calls (
    run       TEXT NOT NULL,
    shard     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,              -- of the turn
    place     INTEGER NOT NULL,
    step      TEXT NOT NULL,
    call      TEXT NOT NULL,
    name      TEXT NOT NULL,
    arguments TEXT NOT NULL,                 -- JSON text, as the model wrote it
    output    TEXT NOT NULL,
    exit_code INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    repeated  INTEGER NOT NULL,
    data      TEXT,                          -- JSON
    PRIMARY KEY (run, shard, seq, place)
);
CREATE INDEX tool_calls_by_step ON tool_calls (run, shard, step, name);

CREATE TABLE evidence (
    run       TEXT NOT NULL,
    shard     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    step      TEXT NOT NULL,
    id        TEXT NOT NULL,
    at        TEXT NOT NULL,
    tree      TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    command   TEXT NOT NULL,
    exit_code INTEGER NOT NULL,
    passed    INTEGER NOT NULL,
    not_green INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    isolation TEXT NOT NULL,
    whole     TEXT NOT NULL,                 -- JSON of the evidence
    PRIMARY KEY (run, shard, seq, id)
);

-- Model calls. Money is counted here and not in the turns: a call is paid for even when its turn was lost.
CREATE TABLE calls (
    run           TEXT NOT NULL,
    shard         INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    step          TEXT NOT NULL,
    call          TEXT NOT NULL,
    model         TEXT NOT NULL,
    at            TEXT NOT NULL,
    finish_reason TEXT NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cost_usd      REAL,                      -- NULL: no price is known
    PRIMARY KEY (run, shard, seq)
);
CREATE INDEX calls_by_step ON calls (run, shard, step, input_tokens, output_tokens, cached_tokens, cost_usd);

-- Where the loop changed its own course.
CREATE TABLE steered (
    run     TEXT NOT NULL,
    shard   INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    step    TEXT NOT NULL,
    at      TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    turn    INTEGER NOT NULL,
    action  TEXT NOT NULL,                   -- hint, rewind, condense, switch_model
    reason  TEXT NOT NULL,
    to_turn INTEGER NOT NULL,
    model   TEXT NOT NULL,
    PRIMARY KEY (run, shard, seq)
);

CREATE TABLE asks (
    run      TEXT NOT NULL,
    shard    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    at       TEXT NOT NULL,
    what     TEXT NOT NULL,                  -- cancel, approve, deny, message, pause, resume, retry, edit
    by       TEXT NOT NULL,
    reason   TEXT NOT NULL,                  -- the words that came with it
    step     TEXT NOT NULL,
    question TEXT NOT NULL,
    accepted INTEGER,                        -- NULL: the orchestrator has not said yet
    answer   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (run, shard, seq)
);

CREATE TABLE questions (
    run     TEXT NOT NULL,
    shard   INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    step    TEXT NOT NULL,                   -- empty: the plan's
    attempt INTEGER NOT NULL,
    id      TEXT NOT NULL,
    kind    TEXT NOT NULL,
    at      TEXT NOT NULL,
    whole   TEXT NOT NULL,                   -- JSON of the question
    open    INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (run, shard, seq)
);
CREATE INDEX questions_open ON questions (at) WHERE open;

-- What people and agents keep, and the lessons of runs. One row for the item in use and one for the item that waits
-- for approval. Rows are removed and added, never changed, which keeps the index of their words simple.
CREATE TABLE items (
    id          INTEGER PRIMARY KEY,         -- this file's own
    scope       TEXT NOT NULL,               -- task, agent, project, interaction, global
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL,
    quarantined INTEGER NOT NULL,
    text        TEXT NOT NULL,
    tags        TEXT NOT NULL,               -- JSON list
    version     INTEGER NOT NULL,            -- sequence of the message it came from
    trusted     INTEGER NOT NULL,            -- a person wrote or approved it
    source      TEXT NOT NULL,               -- person, agent, tool_output, lesson
    by          TEXT NOT NULL,
    run         TEXT NOT NULL,
    step        TEXT NOT NULL,
    turn        INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,               -- empty: never
    UNIQUE (scope, owner, key, quarantined)
);
CREATE INDEX items_by_end ON items (expires_at) WHERE expires_at <> '';

-- The words of the items in use.
CREATE VIRTUAL TABLE words USING fts5 (
    key, text, tags, content = 'items', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER items_added AFTER INSERT ON items WHEN NOT new.quarantined BEGIN
    INSERT INTO words (rowid, key, text, tags) VALUES (new.id, new.key, new.text, new.tags);
END;
CREATE TRIGGER items_removed AFTER DELETE ON items WHEN NOT old.quarantined BEGIN
    INSERT INTO words (words, rowid, key, text, tags) VALUES ('delete', old.id, old.key, old.text, old.tags);
END;

-- What became of each batch, so that one that comes again is answered alike.
CREATE TABLE writes (
    writer  TEXT NOT NULL,
    id      TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    outcome TEXT NOT NULL,                   -- JSON
    PRIMARY KEY (writer, id)
) WITHOUT ROWID;

-- Lessons a person does not want. The streams they come from have no common order, so this outlives the lesson.
CREATE TABLE unlearned (
    project TEXT NOT NULL,
    key     TEXT NOT NULL,
    PRIMARY KEY (project, key)
) WITHOUT ROWID;

CREATE TABLE dead (
    stream    TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    subject   TEXT NOT NULL,
    at        TEXT NOT NULL,
    bytes     INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    published INTEGER NOT NULL,              -- 0: the broker did not take the letter
    PRIMARY KEY (stream, seq)
);
