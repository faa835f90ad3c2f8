-- Films and what belongs to them.

CREATE TABLE films (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    application_id TEXT NOT NULL,
    door TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    progress BIGINT NOT NULL,
    document TEXT NOT NULL,
    project TEXT,
    output TEXT NOT NULL,
    origin TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    webhook_url TEXT,
    batch_id TEXT,
    sources TEXT NOT NULL,
    warnings TEXT NOT NULL,
    job_id TEXT,
    charge_id TEXT,
    credits BIGINT NOT NULL,
    product TEXT,
    failure TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX films_listed ON films (account_id, door, kind, created_at);
CREATE UNIQUE INDEX films_numbered ON films (account_id, door, kind, number);
CREATE INDEX films_under_way ON films (id) WHERE state IN ('queued', 'running');

-- What was finished by the day on which it was ordered; kept when films are removed.
CREATE TABLE film_days (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    day TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    n_films BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    PRIMARY KEY (account_id, door, day, correlation_id)
);

CREATE TABLE materials (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    tag TEXT NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    extension TEXT NOT NULL,
    state TEXT NOT NULL,
    failure TEXT NOT NULL,
    asset_id TEXT NOT NULL REFERENCES assets (id),
    n_bytes BIGINT NOT NULL,
    duration_ms BIGINT,
    width BIGINT,
    height BIGINT,
    copies TEXT NOT NULL,
    page_text TEXT NOT NULL,
    parent_id TEXT,
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX materials_listed ON materials (account_id, door, created_at);
CREATE UNIQUE INDEX materials_numbered ON materials (account_id, door, number);
CREATE INDEX materials_of_parent ON materials (parent_id, position);
CREATE INDEX materials_of_asset ON materials (asset_id);

CREATE TABLE templates (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX templates_listed ON templates (account_id, door, created_at);
CREATE UNIQUE INDEX templates_numbered ON templates (account_id, door, number);

-- `events` holds names between commas, with one at each end; it is empty for webhooks that only single films name.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    style TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    state TEXT NOT NULL,
    sealed_secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until BIGINT,
    n_failed BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX webhooks_listed ON webhooks (account_id, door, created_at);
CREATE UNIQUE INDEX webhooks_numbered ON webhooks (account_id, door, number);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    film_id TEXT NOT NULL,
    event TEXT NOT NULL,
    webhook_id TEXT,
    url TEXT NOT NULL,
    body TEXT,
    state TEXT NOT NULL,
    attempts TEXT NOT NULL,
    next_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX deliveries_listed ON deliveries (account_id, created_at);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, created_at);
CREATE INDEX deliveries_by_age ON deliveries (created_at);

CREATE TABLE places (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    door TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX places_listed ON places (account_id, door, kind, created_at);

CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    credential_id TEXT NOT NULL,
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    output TEXT NOT NULL,
    webhook_url TEXT,
    n_rows BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX batches_listed ON batches (account_id, created_at);
CREATE INDEX batches_unfinished ON batches (created_at) WHERE finished_at IS NULL;

CREATE TABLE batch_rows (
    batch_id TEXT NOT NULL REFERENCES batches (id),
    position BIGINT NOT NULL,
    variables TEXT NOT NULL,
    state TEXT NOT NULL,
    film_id TEXT,
    failure TEXT NOT NULL,
    PRIMARY KEY (batch_id, position)
);
CREATE INDEX batch_rows_by_state ON batch_rows (batch_id, state, position);
CREATE INDEX batch_rows_by_film ON batch_rows (film_id);
