-- The shared subset of SQLite and PostgreSQL: BIGINT microseconds and flags, TEXT ids, no engine types.
-- Append-only: a later change is a later file, and must work while the previous release is running.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

-- `door` is empty for the one application of an account that holds its general balance.
CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    billing TEXT NOT NULL,
    remaining BIGINT NOT NULL,
    used BIGINT NOT NULL,
    allow_general_balance BIGINT NOT NULL,
    disabled_at BIGINT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, door)
);

CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    public_id TEXT UNIQUE,
    secret_hash TEXT NOT NULL UNIQUE,
    sealed_secret TEXT,
    allowed_apis TEXT NOT NULL,
    host TEXT,
    spend_limit BIGINT,
    used BIGINT NOT NULL,
    requests_per_second BIGINT,
    expires_at BIGINT,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX credentials_by_account ON credentials (account_id, created_at);

CREATE TABLE prices (
    door TEXT NOT NULL,
    api TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (door, api)
);

CREATE TABLE charges (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    application_id TEXT NOT NULL REFERENCES applications (id),
    credential_id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT
);

CREATE TABLE ledger (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    application_id TEXT NOT NULL REFERENCES applications (id),
    charge_id TEXT,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX ledger_by_application ON ledger (application_id, created_at);

CREATE TABLE assets (
    id TEXT PRIMARY KEY,
    n_bytes BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    wanted_at BIGINT NOT NULL
);
CREATE INDEX assets_by_wanted ON assets (wanted_at);

CREATE TABLE tracks (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    asset_id TEXT NOT NULL REFERENCES assets (id),
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    lyric TEXT NOT NULL,
    extension TEXT NOT NULL,
    duration_ms BIGINT NOT NULL,
    wav TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX tracks_by_account ON tracks (account_id, created_at);
CREATE INDEX tracks_by_asset ON tracks (asset_id);

CREATE TABLE videos (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    track_id TEXT NOT NULL REFERENCES tracks (id),
    recipe TEXT NOT NULL,
    state TEXT NOT NULL,
    job_id TEXT NOT NULL,
    progress BIGINT NOT NULL,
    output TEXT,
    n_bytes BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, track_id, recipe)
);

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    application_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    door TEXT NOT NULL,
    operation TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    request TEXT NOT NULL,
    callback_url TEXT,
    job_id TEXT,
    outcome TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX tasks_by_account ON tasks (account_id, created_at);
CREATE INDEX tasks_by_trace ON tasks (account_id, trace_id);
CREATE INDEX tasks_by_job ON tasks (job_id);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    payload TEXT NOT NULL,
    charge_id TEXT,
    dedupe_key TEXT,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    failed_attempts BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    worker TEXT,
    lease_until BIGINT,
    error TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX jobs_due ON jobs (lane, run_at) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_unfinished ON jobs (account_id) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX jobs_deduped ON jobs (dedupe_key) WHERE finished_at IS NULL;
