// The tables of the PostgreSQL store, as steps that each raise the schema's version by one. Steps are only ever added, and
// each leaves the tables so that the versions of bouncer down to `oldest` can go on working with them: first a column is added,
// and only versions later is an old one dropped.

export interface Migration {
  readonly sql: string;
  /** The lowest schema version that a bouncer may know in order to work with the tables after this step. */
  readonly oldest: number;
}

/** The lowest schema version that this bouncer can work with. */
export const oldestUsable = 12;

/** Step n brings version n to n + 1. */
export const migrations: readonly Migration[] = [
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.login (
    id text PRIMARY KEY,
    idp text NOT NULL,
    sub text NOT NULL,
    email text,
    provider_sid text,
    identity text NOT NULL,
    secrets text,
    is_refreshable boolean NOT NULL,
    revision bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    last_seen bigint NOT NULL,
    checked_at bigint NOT NULL,
    must_ask_person boolean NOT NULL,
    provider_digest text
  );
  CREATE INDEX login_by_subject ON bouncer.login (idp, sub);
  CREATE INDEX login_by_email ON bouncer.login (email);
  CREATE INDEX login_by_expiry ON bouncer.login (expires_at);
  CREATE INDEX login_by_use ON bouncer.login (last_seen);
  CREATE INDEX login_by_creation ON bouncer.login (created_at);

  CREATE TABLE bouncer.host_token (
    hash text PRIMARY KEY,
    login_id text NOT NULL REFERENCES bouncer.login (id) ON DELETE CASCADE,
    host text NOT NULL,
    created_at bigint NOT NULL,
    ends_at bigint
  );
  CREATE INDEX host_token_by_login ON bouncer.host_token (login_id);
  CREATE INDEX host_token_by_end ON bouncer.host_token (ends_at) WHERE ends_at IS NOT NULL;

  CREATE TABLE bouncer.once (
    key text PRIMARY KEY,
    value text,
    expires_at bigint NOT NULL
  );
  CREATE INDEX once_by_expiry ON bouncer.once (expires_at);

  CREATE TABLE bouncer.signing_key (
    kid text PRIMARY KEY,
    algorithm text NOT NULL,
    private_jwk text NOT NULL,
    created_at bigint NOT NULL,
    signs_from bigint NOT NULL,
    retired_at bigint
  );

  CREATE TABLE bouncer.secret (name text PRIMARY KEY, value bytea NOT NULL);

  CREATE TABLE bouncer.counter (name text PRIMARY KEY, value bigint NOT NULL);
  INSERT INTO bouncer.counter (name, value) VALUES ('keys', 1), ('forgotten_changes', 0);

  CREATE TABLE bouncer.node (id text PRIMARY KEY, report text NOT NULL, seen_at bigint NOT NULL);

  -- What ended or changed, for the memories of all processes. A login_id of NULL stands for all logins.
  CREATE SEQUENCE bouncer.change_id AS bigint;
  CREATE TABLE bouncer.change (
    id bigint PRIMARY KEY,
    login_id text,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
  );

  -- One writer at a time from the number to the commit, so that the order of the numbers is that of the commits: whoever has read
  -- up to a number has missed nothing below it. The lock is the last one that a transaction takes.
  CREATE FUNCTION bouncer.number_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('bouncer change log'), 1);
    NEW.id := nextval('bouncer.change_id');
    PERFORM pg_notify('bouncer', 'change');
    RETURN NEW;
  END $$;
  CREATE TRIGGER change_number BEFORE INSERT ON bouncer.change
    FOR EACH ROW EXECUTE FUNCTION bouncer.number_change();
  `,
  },
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.service_token (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    applications text,
    revision bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used bigint,
    last_ip text,
    last_country text,
    uses bigint NOT NULL
  );

  CREATE TABLE bouncer.service_secret (
    hash text PRIMARY KEY,
    token_id text NOT NULL REFERENCES bouncer.service_token (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    ends_at bigint
  );
  CREATE INDEX service_secret_by_token ON bouncer.service_secret (token_id);
  `,
  },
  {
    oldest: 1,
    sql: `
  ALTER TABLE bouncer.login ADD COLUMN unanswered_since bigint;
  ALTER TABLE bouncer.login ADD COLUMN ip text;
  ALTER TABLE bouncer.login ADD COLUMN user_agent text;

  CREATE TABLE bouncer.blocked_person (email text PRIMARY KEY, blocked_at bigint NOT NULL);
  `,
  },
  {
    oldest: 1,
    sql: `
  ALTER TABLE bouncer.login ADD COLUMN vouched_at bigint;
  ALTER TABLE bouncer.host_token ADD COLUMN program text;
  `,
  },
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.hardware_key (
    id text PRIMARY KEY,
    idp text NOT NULL,
    sub text NOT NULL,
    email text,
    label text NOT NULL,
    public_key text NOT NULL,
    sign_count bigint NOT NULL,
    aaguid text NOT NULL,
    attested_by text,
    transports text NOT NULL,
    created_at bigint NOT NULL,
    last_used bigint
  );
  CREATE INDEX hardware_key_by_subject ON bouncer.hardware_key (idp, sub);
  `,
  },
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.operator_act (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, act text NOT NULL);
  `,
  },
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.tunnel (name text PRIMARY KEY, created_at bigint NOT NULL);

  CREATE TABLE bouncer.tunnel_token (
    public_key text PRIMARY KEY,
    tunnel text NOT NULL REFERENCES bouncer.tunnel (name) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    is_reusable bigint NOT NULL,
    networks text,
    max_connectors bigint,
    spent_at bigint
  );
  CREATE INDEX tunnel_token_by_tunnel ON bouncer.tunnel_token (tunnel);

  CREATE TABLE bouncer.tunnel_connector (
    id text PRIMARY KEY,
    tunnel text NOT NULL REFERENCES bouncer.tunnel (name) ON DELETE CASCADE,
    public_key text NOT NULL UNIQUE,
    token_key text NOT NULL,
    joined_at bigint NOT NULL,
    last_seen bigint NOT NULL,
    is_passing bigint NOT NULL
  );
  CREATE INDEX tunnel_connector_by_tunnel ON bouncer.tunnel_connector (tunnel);
  `,
  },
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.passkey (
    id text PRIMARY KEY,
    email text NOT NULL,
    label text NOT NULL,
    public_key text NOT NULL,
    sign_count bigint NOT NULL,
    is_backup_eligible smallint NOT NULL,
    is_break_glass smallint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used bigint
  );
  CREATE INDEX passkey_by_email ON bouncer.passkey (email);
  `,
  },
  {
    oldest: 1,
    sql: `
  ALTER TABLE bouncer.hardware_key ADD COLUMN rp_id text;
  ALTER TABLE bouncer.passkey ADD COLUMN rp_id text;
  `,
  },
  // Tokens of browsers are remembered for a while after they ended, whatever ended them. When a login goes, its tokens go with it, and it
  // is no longer there to be read then.
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.ended_token (
    hash text PRIMARY KEY,
    login_id text NOT NULL,
    host text NOT NULL,
    idp text NOT NULL,
    sub text NOT NULL,
    email text,
    ended_at bigint NOT NULL
  );
  CREATE INDEX ended_token_by_end ON bouncer.ended_token (ended_at);
  CREATE INDEX ended_token_by_email ON bouncer.ended_token (email);

  CREATE FUNCTION bouncer.note_ended_login() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO bouncer.ended_token (hash, login_id, host, idp, sub, email, ended_at)
    SELECT t.hash, OLD.id, t.host, OLD.idp, OLD.sub, OLD.email, (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    FROM bouncer.host_token AS t WHERE t.login_id = OLD.id AND t.program IS NULL
    ON CONFLICT DO NOTHING;
    RETURN OLD;
  END $$;
  CREATE TRIGGER login_ends BEFORE DELETE ON bouncer.login
    FOR EACH ROW EXECUTE FUNCTION bouncer.note_ended_login();

  CREATE FUNCTION bouncer.note_ended_token() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO bouncer.ended_token (hash, login_id, host, idp, sub, email, ended_at)
    SELECT OLD.hash, OLD.login_id, OLD.host, l.idp, l.sub, l.email, (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    FROM bouncer.login AS l WHERE l.id = OLD.login_id
    ON CONFLICT DO NOTHING;
    RETURN OLD;
  END $$;
  CREATE TRIGGER host_token_ends BEFORE DELETE ON bouncer.host_token
    FOR EACH ROW WHEN (OLD.program IS NULL) EXECUTE FUNCTION bouncer.note_ended_token();

  CREATE TABLE bouncer.kept_form (
    key text PRIMARY KEY,
    login_id text NOT NULL UNIQUE,
    host text NOT NULL,
    idp text NOT NULL,
    sub text NOT NULL,
    email text,
    head text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    size_bytes bigint NOT NULL,
    body bytea NOT NULL
  );
  CREATE INDEX kept_form_by_end ON bouncer.kept_form (expires_at);
  CREATE INDEX kept_form_by_subject ON bouncer.kept_form (idp, sub);
  CREATE INDEX kept_form_by_email ON bouncer.kept_form (email);
  `,
  },
  {
    oldest: 1,
    sql: `
  ALTER TABLE bouncer.tunnel ADD COLUMN share text;
  ALTER TABLE bouncer.tunnel_connector ADD COLUMN is_drained bigint NOT NULL DEFAULT 0;
  `,
  },
  {
    oldest: 1,
    sql: `
  CREATE TABLE bouncer.access_request (
    id text PRIMARY KEY,
    application text NOT NULL,
    area text,
    idp text NOT NULL,
    sub text NOT NULL,
    email text NOT NULL,
    name text,
    purpose text NOT NULL,
    duration bigint NOT NULL,
    language text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    UNIQUE (idp, sub, application)
  );
  CREATE INDEX access_request_by_email ON bouncer.access_request (email);

  CREATE TABLE bouncer.access_grant (
    id text PRIMARY KEY,
    application text NOT NULL,
    area text,
    email text NOT NULL,
    idp text,
    sub text,
    granted_by text NOT NULL,
    reason text NOT NULL,
    created_at bigint NOT NULL,
    ends_at bigint NOT NULL
  );
  CREATE INDEX access_grant_by_email ON bouncer.access_grant (email);
  `,
  },
];
