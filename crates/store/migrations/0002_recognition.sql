-- Hearing: buckets of files, what belongs into the index, projects that search, containers of recordings.
-- The same shared subset as in 0001; ids are numbers here, and lists and maps are JSON in TEXT.
-- What only one of the two databases knows follows in 0003 of its own folder.

CREATE TABLE numbers (
    name TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

CREATE TABLE account_numbers (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    number BIGINT NOT NULL UNIQUE
);

-- One row, with the id 1.
CREATE TABLE database_names (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE buckets (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    region TEXT NOT NULL,
    reach BIGINT NOT NULL,
    labels TEXT NOT NULL,
    metadata_template TEXT,
    n_files BIGINT NOT NULL,
    n_ready BIGINT NOT NULL,
    n_failed BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX buckets_by_account ON buckets (account_id, id);

-- `state_rank` orders the states: failed -1, processing 0, ready 1. `search_title` is the title in small letters.
CREATE TABLE bucket_files (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    bucket_id BIGINT NOT NULL REFERENCES buckets (id),
    acr_id TEXT NOT NULL,
    state TEXT NOT NULL,
    state_rank BIGINT NOT NULL,
    failure TEXT NOT NULL,
    title TEXT NOT NULL,
    search_title TEXT NOT NULL,
    audio_id TEXT NOT NULL,
    duration_us BIGINT NOT NULL,
    isrc TEXT NOT NULL,
    user_defined TEXT NOT NULL,
    track_id TEXT,
    fingerprint TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- One for each order that a bucket's files are listed in, of all states or of one. The title ends each of them, so that
-- a search that has to walk one never leaves it for the rows.
CREATE INDEX bucket_files_by_id ON bucket_files (bucket_id, id, search_title);
CREATE INDEX bucket_files_by_state ON bucket_files (bucket_id, state_rank, id, search_title);
CREATE INDEX bucket_files_by_title ON bucket_files (bucket_id, search_title, id);
CREATE INDEX bucket_files_by_change ON bucket_files (bucket_id, updated_at, id, search_title);
CREATE INDEX bucket_files_by_state_title ON bucket_files (bucket_id, state_rank, search_title, id);
CREATE INDEX bucket_files_by_state_change ON bucket_files (bucket_id, state_rank, updated_at, id, search_title);
CREATE INDEX bucket_files_by_sound ON bucket_files (account_id, acr_id);
-- Only the start of an audio id, because PostgreSQL indexes no value over 2,704 bytes.
CREATE INDEX bucket_files_by_audio_id ON bucket_files (account_id, substr(audio_id, 1, 500), id) WHERE audio_id <> '';
CREATE INDEX bucket_files_by_isrc ON bucket_files (account_id, isrc, id) WHERE isrc <> '';

CREATE TABLE index_entries (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    fingerprint TEXT,
    change BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (bucket, name)
);
CREATE INDEX index_entries_by_change ON index_entries (change);
CREATE INDEX index_entries_removed ON index_entries (changed_at, change) WHERE fingerprint IS NULL;

-- A dump outlives its bucket until it is removed with its file.
CREATE TABLE dumps (
    task_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    bucket_id BIGINT NOT NULL,
    bucket_name TEXT NOT NULL,
    day TEXT NOT NULL,
    output TEXT,
    n_bytes BIGINT NOT NULL,
    job_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (bucket_id, day)
);
CREATE INDEX dumps_by_age ON dumps (created_at);

CREATE TABLE projects (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    audio_type TEXT NOT NULL,
    external_ids TEXT NOT NULL,
    access_key TEXT NOT NULL UNIQUE,
    sealed_secret TEXT NOT NULL,
    day_limit BIGINT NOT NULL,
    total_limit BIGINT NOT NULL,
    bucket_ids TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX projects_by_account ON projects (account_id, id);

-- No foreign key: searches that end while their project is removed must not keep those of others from being counted.
CREATE TABLE project_usage (
    project_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    n_hits BIGINT NOT NULL,
    n_misses BIGINT NOT NULL,
    PRIMARY KEY (project_id, day)
);

CREATE TABLE containers (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    region TEXT NOT NULL,
    audio_type TEXT NOT NULL,
    engine BIGINT NOT NULL,
    policy TEXT NOT NULL,
    callback_url TEXT,
    options TEXT NOT NULL,
    bucket_ids TEXT NOT NULL,
    n_scans BIGINT NOT NULL,
    n_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX containers_by_account ON containers (account_id, id);

CREATE TABLE scans (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    container_id BIGINT NOT NULL REFERENCES containers (id),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    uri TEXT NOT NULL,
    search_uri TEXT NOT NULL,
    url TEXT NOT NULL,
    data_type TEXT NOT NULL,
    state TEXT NOT NULL,
    progress BIGINT NOT NULL,
    failure TEXT NOT NULL,
    duration_ms BIGINT NOT NULL,
    asset_id TEXT REFERENCES assets (id),
    fingerprint TEXT,
    spans TEXT NOT NULL,
    job_id TEXT NOT NULL,
    n_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX scans_by_container ON scans (container_id, created_at, id);
CREATE INDEX scans_by_asset ON scans (asset_id) WHERE asset_id IS NOT NULL;

CREATE TABLE held_uploads (
    key TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    container_id BIGINT NOT NULL REFERENCES containers (id),
    name TEXT NOT NULL,
    asset_id TEXT REFERENCES assets (id),
    n_bytes BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX held_uploads_by_container ON held_uploads (container_id);
CREATE INDEX held_uploads_by_asset ON held_uploads (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX held_uploads_by_end ON held_uploads (expires_at);

CREATE TABLE dedup_entries (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    bucket_id BIGINT NOT NULL REFERENCES buckets (id),
    acr_id TEXT NOT NULL,
    caller_id TEXT NOT NULL,
    duplicates TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    duration_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX dedup_entries_by_bucket ON dedup_entries (bucket_id, id);
CREATE INDEX dedup_entries_by_sound ON dedup_entries (bucket_id, acr_id);
CREATE INDEX dedup_entries_by_caller_id ON dedup_entries (bucket_id, substr(caller_id, 1, 500), id);

CREATE TABLE offline_dbs (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    audio_type TEXT NOT NULL,
    bucket_ids TEXT NOT NULL,
    state TEXT NOT NULL,
    failure TEXT NOT NULL,
    job_id TEXT NOT NULL,
    output TEXT,
    n_bytes BIGINT NOT NULL,
    n_files BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX offline_dbs_by_account ON offline_dbs (account_id, id);

CREATE TABLE trash (
    blob TEXT PRIMARY KEY,
    thrown_at BIGINT NOT NULL
);
CREATE INDEX trash_by_age ON trash (thrown_at);

-- Tracks can be removed from now on, which has to find their videos.
CREATE INDEX videos_by_track ON videos (track_id);
