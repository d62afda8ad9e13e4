-- Times are milliseconds since 1970; ids are Snowflakes, which also order rows by time.

-- Single numbers that belong to no row, by name.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    id               INTEGER PRIMARY KEY,
    kind             TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    title            TEXT,
    metadata         TEXT,
    created_by       TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    client_id        TEXT,
    updated_at       INTEGER NOT NULL,
    last_seq         INTEGER NOT NULL,
    last_offset      INTEGER NOT NULL,
    last_event_id    INTEGER NOT NULL,
    -- Its newest message's id, or its own as long as it has none: what lists of conversations are ordered by.
    active_id        INTEGER NOT NULL,
    member_count     INTEGER NOT NULL,
    owner_count      INTEGER NOT NULL,
    -- The newest of its events that were pruned: whoever misses it cannot be replayed the gap.
    pruned_event_id  INTEGER NOT NULL DEFAULT 0,
    -- Its Deleted event. Once set, every membership has a left_event_id too.
    deleted_event_id INTEGER,
    -- Whether its messages were removed after it was deleted.
    purged           INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX conversations_client ON conversations (created_by, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX conversations_to_purge ON conversations (id) WHERE deleted_event_id IS NOT NULL AND purged = 0;
CREATE INDEX conversations_purged ON conversations (deleted_event_id) WHERE purged = 1;

-- The direct conversation of two users, the lesser id first.
CREATE TABLE direct_pairs (
    low             TEXT NOT NULL,
    high            TEXT NOT NULL,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    PRIMARY KEY (low, high)
) STRICT, WITHOUT ROWID;

-- Rows of those who left stay, so that their clients can be told.
CREATE TABLE members (
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    user_id         TEXT NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    joined_at       INTEGER NOT NULL,
    joined_event_id INTEGER NOT NULL,
    last_read_seq   INTEGER NOT NULL,
    own_after_read  INTEGER NOT NULL,
    left_event_id   INTEGER,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;
-- left_event_id is always null in it; it is there so that the index alone answers who is in what.
CREATE INDEX members_of_user ON members (user_id, conversation_id, left_event_id) WHERE left_event_id IS NULL;
CREATE INDEX members_by_joining ON members (conversation_id, joined_at, user_id) WHERE left_event_id IS NULL;
CREATE INDEX members_left ON members (user_id, left_event_id) WHERE left_event_id IS NOT NULL;
CREATE INDEX members_by_leaving ON members (left_event_id) WHERE left_event_id IS NOT NULL;

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    seq             INTEGER NOT NULL,
    sender_id       TEXT NOT NULL,
    client_id       TEXT,
    created_at      INTEGER NOT NULL,
    edited_at       INTEGER,
    deleted         INTEGER NOT NULL DEFAULT 0,
    reply_to        INTEGER,
    thread_id       INTEGER,
    thread_count    INTEGER NOT NULL DEFAULT 0,
    thread_last_at  INTEGER,
    -- Mentions, attachments and metadata as JSON; null when there is none of them.
    extra           TEXT,
    body            TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_by_seq ON messages (conversation_id, seq);
CREATE UNIQUE INDEX messages_client ON messages (sender_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX messages_in_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_deleted ON messages (conversation_id, seq, sender_id) WHERE deleted = 1;

-- For counting unread mentions; the message itself lists whom it mentions.
CREATE TABLE mentions (
    user_id         TEXT NOT NULL,
    conversation_id INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (user_id, conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE reactions (
    message_id INTEGER NOT NULL REFERENCES messages (id),
    emoji      TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    -- Its event; orders the users of one emoji, and the emoji by the first of their users.
    event_id   INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- Posted and Edited keep only the message's id and are filled in from the message when read, so that a text that was
-- deleted is nowhere. The index has the event's id in it, as every index here has the row's integer key.
CREATE TABLE events (
    event_id        INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    position        INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    at              INTEGER NOT NULL,
    message_id      INTEGER,
    payload         TEXT
) STRICT;
CREATE INDEX events_of_conversation ON events (conversation_id);

CREATE TABLE outbox_cursors (
    name     TEXT PRIMARY KEY,
    event_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    id        INTEGER PRIMARY KEY,
    user_id   TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    key       TEXT NOT NULL,
    body_hash BLOB NOT NULL,
    status    INTEGER NOT NULL,
    body      BLOB NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX idempotency_by_key ON idempotency_keys (user_id, endpoint, key);
CREATE INDEX idempotency_by_time ON idempotency_keys (at);

-- When users were last here.
CREATE TABLE last_seen (
    user_id TEXT PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- From when on a user's older tokens are no longer good.
CREATE TABLE revocations (
    user_id TEXT PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- People whose tokens were seen. The folded columns have ASCII letters in lower case: what people are found by.
CREATE TABLE users (
    id          TEXT PRIMARY KEY,
    name        TEXT,
    folded_id   TEXT NOT NULL,
    folded_name TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_folded_id ON users (folded_id);
CREATE INDEX users_by_folded_name ON users (folded_name) WHERE folded_name IS NOT NULL;
