// The tables of the SQLite store, as steps that each raise PRAGMA user_version by one. Steps are only ever added.

/** Step n brings a file from user_version n to n + 1. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE login (
    id TEXT PRIMARY KEY,
    idp TEXT NOT NULL,
    sub TEXT NOT NULL,
    email TEXT,
    provider_sid TEXT,
    identity TEXT NOT NULL,
    secrets TEXT,
    is_refreshable INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    checked_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX login_by_subject ON login (idp, sub);
  CREATE INDEX login_by_email ON login (email);
  CREATE INDEX login_by_expiry ON login (expires_at);
  CREATE INDEX login_by_use ON login (last_seen);

  CREATE TABLE host_token (
    hash TEXT PRIMARY KEY,
    login_id TEXT NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX host_token_by_login ON host_token (login_id);
  CREATE INDEX host_token_by_host ON host_token (host);

  CREATE TABLE once (
    key TEXT PRIMARY KEY,
    value TEXT,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX once_by_expiry ON once (expires_at);

  CREATE TABLE signing_key (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    private_jwk TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL,
    retired_at INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counter (name, value) VALUES ('sessions', 1), ('keys', 1);

  CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Logins from before have no digest: nobody knows what settings they were made under, so they end at their next use.
  `
  ALTER TABLE login ADD COLUMN provider_digest TEXT;
  ALTER TABLE login ADD COLUMN must_ask_person INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE host_token ADD COLUMN ends_at INTEGER;
  CREATE INDEX host_token_by_end ON host_token (ends_at) WHERE ends_at IS NOT NULL;
  CREATE INDEX login_by_creation ON login (created_at);
  `,
  `
  CREATE TABLE node (
    id TEXT PRIMARY KEY,
    report TEXT NOT NULL,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE service_token (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    applications TEXT,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used INTEGER,
    last_ip TEXT,
    last_country TEXT,
    uses INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE service_secret (
    hash TEXT PRIMARY KEY,
    token_id TEXT NOT NULL REFERENCES service_token (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    ends_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX service_secret_by_token ON service_secret (token_id);

  INSERT INTO counter (name, value) VALUES ('tokens', 1);
  `,
  `
  ALTER TABLE login ADD COLUMN unanswered_since INTEGER;
  ALTER TABLE login ADD COLUMN ip TEXT;
  ALTER TABLE login ADD COLUMN user_agent TEXT;

  CREATE TABLE blocked_person (
    email TEXT PRIMARY KEY,
    blocked_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE login ADD COLUMN vouched_at INTEGER;
  ALTER TABLE host_token ADD COLUMN program TEXT;
  `,
  `
  CREATE TABLE hardware_key (
    id TEXT PRIMARY KEY,
    idp TEXT NOT NULL,
    sub TEXT NOT NULL,
    email TEXT,
    label TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sign_count INTEGER NOT NULL,
    aaguid TEXT NOT NULL,
    attested_by TEXT,
    transports TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hardware_key_by_subject ON hardware_key (idp, sub);
  `,
  `
  CREATE TABLE operator_act (id INTEGER PRIMARY KEY AUTOINCREMENT, act TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE tunnel (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE tunnel_token (
    public_key TEXT PRIMARY KEY,
    tunnel TEXT NOT NULL REFERENCES tunnel (name) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    is_reusable INTEGER NOT NULL,
    networks TEXT,
    max_connectors INTEGER,
    spent_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tunnel_token_by_tunnel ON tunnel_token (tunnel);

  CREATE TABLE tunnel_connector (
    id TEXT PRIMARY KEY,
    tunnel TEXT NOT NULL REFERENCES tunnel (name) ON DELETE CASCADE,
    public_key TEXT NOT NULL UNIQUE,
    token_key TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    is_passing INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tunnel_connector_by_tunnel ON tunnel_connector (tunnel);

  INSERT INTO counter (name, value) VALUES ('tunnels', 1);
  `,
  `
  CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    label TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sign_count INTEGER NOT NULL,
    is_backup_eligible INTEGER NOT NULL,
    is_break_glass INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX passkey_by_email ON passkey (email);
  `,
  // Keys from before have none: nobody knows what host they were enrolled for.
  `
  ALTER TABLE hardware_key ADD COLUMN rp_id TEXT;
  ALTER TABLE passkey ADD COLUMN rp_id TEXT;
  `,
  // Tokens of browsers are remembered for a while after they ended, whatever ended them. When a login goes, its tokens go with it, and it
  // is no longer there to be read then.
  `
  CREATE TABLE ended_token (
    hash TEXT PRIMARY KEY,
    login_id TEXT NOT NULL,
    host TEXT NOT NULL,
    idp TEXT NOT NULL,
    sub TEXT NOT NULL,
    email TEXT,
    ended_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ended_token_by_end ON ended_token (ended_at);
  CREATE INDEX ended_token_by_email ON ended_token (email);

  CREATE TRIGGER login_ends BEFORE DELETE ON login BEGIN
    INSERT OR IGNORE INTO ended_token (hash, login_id, host, idp, sub, email, ended_at)
    SELECT hash, OLD.id, host, OLD.idp, OLD.sub, OLD.email, CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM host_token WHERE login_id = OLD.id AND program IS NULL;
  END;

  CREATE TRIGGER host_token_ends BEFORE DELETE ON host_token WHEN OLD.program IS NULL BEGIN
    INSERT OR IGNORE INTO ended_token (hash, login_id, host, idp, sub, email, ended_at)
    SELECT OLD.hash, OLD.login_id, OLD.host, idp, sub, email, CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM login WHERE id = OLD.login_id;
  END;

  CREATE TABLE kept_form (
    key TEXT PRIMARY KEY,
    login_id TEXT NOT NULL UNIQUE,
    host TEXT NOT NULL,
    idp TEXT NOT NULL,
    sub TEXT NOT NULL,
    email TEXT,
    head TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX kept_form_by_end ON kept_form (expires_at, size_bytes);
  CREATE INDEX kept_form_by_subject ON kept_form (idp, sub);
  CREATE INDEX kept_form_by_email ON kept_form (email);
  `,
  `
  ALTER TABLE tunnel ADD COLUMN share TEXT;
  ALTER TABLE tunnel_connector ADD COLUMN is_drained INTEGER NOT NULL DEFAULT 0;
  `,
  `
  CREATE TABLE access_request (
    id TEXT PRIMARY KEY,
    application TEXT NOT NULL,
    area TEXT,
    idp TEXT NOT NULL,
    sub TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT,
    purpose TEXT NOT NULL,
    duration INTEGER NOT NULL,
    language TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (idp, sub, application)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX access_request_by_email ON access_request (email);

  CREATE TABLE access_grant (
    id TEXT PRIMARY KEY,
    application TEXT NOT NULL,
    area TEXT,
    email TEXT NOT NULL,
    idp TEXT,
    sub TEXT,
    granted_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX access_grant_by_email ON access_grant (email);

  INSERT INTO counter (name, value) VALUES ('grants', 1);
  `,
];
