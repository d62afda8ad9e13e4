-- API keys of server back-ends. Of a key's secret there is only the SHA-256.
CREATE TABLE api_keys (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    -- Words, separated by spaces.
    scopes      TEXT NOT NULL,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
