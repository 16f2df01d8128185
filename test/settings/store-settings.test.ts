// The settings of a shared store: addresses of databases, master keys, and what goes together.
import { describe, expect, it } from 'vitest';
import { parseMasterKey } from '../../src/settings/field-checks.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { parsePostgresUrl } from '../../src/settings/postgres-url.ts';
import type { PostgresAddress } from '../../src/settings/settings.ts';
import type { Problem } from '../../src/source/problem.ts';
import { renderProblems } from '../../src/source/render-problems.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';
import { authority } from '../fixtures/authority.ts';

const key = 'S1gzZ0d4Q2hLUm5WcVd6VDJsUDdhRWpZOXVJb0ZiTWM=';
const otherKey = 'dGhlIG90aGVyIGtleSBvZiAzMiByYW5kb20gYnl0ZXM=';
const head = `auth_url: https://auth.example.com
identity_providers: [{ id: g, type: oidc, issuer: https://accounts.example.com, client_id: abc }]
`;

function parse(
  text: string,
  env: Readonly<Record<string, string>> = {},
  missingSecrets: 'warn' | 'refuse' = 'refuse',
) {
  const document = parseYaml('bouncer.yaml', head + text);
  if (!document.ok) return document;
  const readFile = (path: string): string => {
    if (path === '/etc/bouncer/ca.pem') return authority;
    if (path === '/etc/bouncer/half.pem') return authority.slice(0, 300);
    throw Object.assign(new Error('no'), { code: 'ENOENT' });
  };
  return parseSettings(document.value, { env, readFile, baseDir: '/etc/bouncer', missingSecrets });
}

function problemsOf(text: string): readonly Problem[] {
  const parsed = parse(text);
  return parsed.ok ? parsed.warnings : parsed.problems;
}

const codesOf = (text: string): readonly string[] => problemsOf(text).map(({ code }) => code);

describe('the address of a database', () => {
  const whole: PostgresAddress = {
    hosts: [{ host: 'db.example.com', port: 6432 }],
    user: 'bouncer',
    password: 'p@ss/w:d',
    database: 'access',
    isTls: true,
  };
  it.each([
    ['postgres://bouncer:p%40ss%2Fw%3Ad@db.example.com:6432/access', whole],
    ['postgresql://bouncer:p%40ss%2Fw%3Ad@db.example.com:6432/access?sslmode=require', whole],
    [
      'postgres://u@127.0.0.1/b',
      { hosts: [{ host: '127.0.0.1', port: 5432 }], user: 'u', password: null, database: 'b', isTls: false },
    ],
    [
      'postgres://u@[::1]:5433/b',
      { hosts: [{ host: '::1', port: 5433 }], user: 'u', password: null, database: 'b', isTls: false },
    ],
    [
      'postgres://u@db1.internal,db2.internal:5433/b?target_session_attrs=read-write&sslmode=disable',
      {
        hosts: [
          { host: 'db1.internal', port: 5432 },
          { host: 'db2.internal', port: 5433 },
        ],
        user: 'u',
        password: null,
        database: 'b',
        isTls: false,
      },
    ],
    [
      'postgres://u@localhost,db.example.com/b',
      {
        hosts: [
          { host: 'localhost', port: 5432 },
          { host: 'db.example.com', port: 5432 },
        ],
        user: 'u',
        password: null,
        database: 'b',
        isTls: true,
      },
    ],
    [
      'postgres:///b?host=/run/postgresql',
      {
        hosts: [{ host: '/run/postgresql', port: 5432 }],
        user: null,
        password: null,
        database: 'b',
        isTls: false,
      },
    ],
    [
      'postgres://db.example.com',
      {
        hosts: [{ host: 'db.example.com', port: 5432 }],
        user: null,
        password: null,
        database: null,
        isTls: true,
      },
    ],
  ] as const)('%s is read, with encryption wherever it leaves the machine', (text, address) => {
    expect(parsePostgresUrl(text)).toEqual({ address });
  });

  it.each([
    'mysql://u@h/b',
    'postgres:u@h/b',
    'postgres://u:p/w@h/b',
    'postgres://u:p%zz@h/b',
    'postgres://u@h:0/b',
    'postgres://u@h:99999/b',
    'postgres://u@h,/b',
    'postgres:///b',
    'postgres://u@h/b?sslmode=prefer',
    'postgres://u@h/b?sslmode=allow',
    'postgres://u@h/b?options=-c',
    'postgres://u@h/b?host=other',
    'postgres://u@h/b#x',
    'postgres://u@h/a%00b',
  ])('%s is none', (text) => {
    expect(parsePostgresUrl(text)).toMatchObject({ fault: { code: 'bad-postgres-url' } });
  });
});

describe('a master key', () => {
  it.each([
    [key, true],
    [key.replace('=', ''), true],
    ['6b'.repeat(8) + '0123456789abcdef'.repeat(3), true],
    ['', false],
    ['too short', false],
    [`${key}AAAA`, false],
    ['A'.repeat(43), false],
    ['0'.repeat(64), false],
    [`${key.slice(0, -2)} =`, false],
  ])('%j is one: %j', (text, isOne) => {
    expect(parseMasterKey(text) !== null).toBe(isOne);
  });
});

describe('a shared store', () => {
  it('is read whole', () => {
    const parsed = parse(
      `store: { postgres: { url: { env: DB }, listen_url: "postgres://u@127.0.0.1:5432/b", ca_file: ca.pem } }
store_loss: { keep: 5s }
master_key: { env: KEY }
further_master_keys: [{ env: OLD }]
`,
      { DB: 'postgres://u:secret@127.0.0.1:6432/b', KEY: key, OLD: otherKey },
    );
    expect(parsed.ok && parsed.value).toMatchObject({
      postgres: {
        address: { hosts: [{ host: '127.0.0.1', port: 6432 }], password: 'secret' },
        listenAddress: { hosts: [{ host: '127.0.0.1', port: 5432 }] },
        caFile: '/etc/bouncer/ca.pem',
      },
      storeLossKeepMs: 5_000,
      masterKeys: [key, otherKey],
    });
  });

  it('needs a master key, and what is only for it needs the store', () => {
    expect(codesOf('store: { postgres: { url: "postgres://u@127.0.0.1/b" } }\n')).toEqual(['no-master-key']);
    expect(codesOf(`master_key: ${key}\n`)).toEqual(['no-shared-store']);
    expect(codesOf('store_loss: { keep: 5s }\n')).toEqual(['no-shared-store']);
    expect(codesOf(`further_master_keys: [${key}]\n`)).toEqual(['no-shared-store']);
    const store = 'store: { postgres: { url: "postgres://u@127.0.0.1/b" } }\n';
    expect(codesOf(`${store}master_key: ${key}\nfurther_master_keys: [${key}]\n`)).toEqual(['duplicate-key']);
  });

  it.each([
    ['store: {}\n', 'missing-key'],
    ['store: { postgres: {} }\n', 'missing-key'],
    ['store: { postgres: { url: 5 } }\n', 'wrong-type'],
    ['store: { postgres: { url: "mysql://u@h/b" } }\n', 'bad-postgres-url'],
    ['store: { postgres: { url: "postgres://u@127.0.0.1/b", listen_url: x } }\n', 'bad-postgres-url'],
    ['store: { postgres: { url: "postgres://u@127.0.0.1/b", ca_file: none.pem } }\n', 'file-unreadable'],
    ['store: { postgres: { url: "postgres://u@127.0.0.1/b", ca_file: half.pem } }\n', 'not-pem'],
    ['store: { redis: {} }\n', 'unknown-key'],
    ['store_loss: { keep: 2h }\n', 'duration-too-long'],
    ['master_key: short\n', 'bad-master-key'],
  ])('%j is refused', (text, code) => {
    expect(codesOf(text)).toContain(code);
  });

  it.each([
    ['"postgres://u@127.0.0.1/b"', true],
    ['"postgres://u@localhost:6432/b"', true],
    ['"postgres://u@db.example.com/b"', true],
    ['"postgres://u@db.example.com/b?sslmode=disable"', 'no-effect'],
    ['"postgres:///b?host=/run/postgresql"', 'no-effect'],
    ['"postgres:///b?host=/run/postgresql", listen_url: "postgres://u@127.0.0.1/b"', false],
  ])('holds the server of %s against the authority that it names, or says that it cannot', (url, outcome) => {
    const text = `store: { postgres: { url: ${url}, ca_file: ca.pem } }\nmaster_key: ${key}\n`;
    const parsed = parse(text);
    if (typeof outcome === 'string') expect(codesOf(text)).toEqual([outcome]);
    else expect(parsed.ok && parsed.value.postgres?.address?.isTls).toBe(outcome);
  });

  it('never shows a password or a key in a message', () => {
    for (const text of [
      'store: { postgres: { url: "postgres://u:canary-secret@h/b?x=1" } }\n',
      'store: { postgres: { url: "postgres://u:canary-se/cret@h/b" } }\n',
      'store:\n  postgres:\n    url: postgres://u:canary-secret@h/b?x=1\n',
      'master_key: canary-secret\n',
      'master_key:\n  canary-secret\n',
      'further_master_keys: [canary-secret]\n',
      'further_master_keys:\n  - canary-secret\n',
    ]) {
      const problems = problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      const rendered = renderProblems(problems, new Map([['bouncer.yaml', head + text]]), {
        isColored: false,
      });
      expect(rendered + JSON.stringify(problems)).not.toMatch(/canary/);
    }
  });

  it('may be checked where its secrets are not at hand, and is then no store that could be opened', () => {
    const parsed = parse('store: { postgres: { url: { env: DB } } }\nmaster_key: { env: KEY }\n', {}, 'warn');
    expect(parsed.ok && parsed.value).toMatchObject({ postgres: { address: null }, masterKeys: [] });
    expect(parsed.ok && parsed.warnings.map(({ code }) => code)).toEqual([
      'variable-not-set',
      'variable-not-set',
    ]);
  });
});
