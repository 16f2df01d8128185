import { describe, expect, test } from 'vitest';
import { parseRules } from '../../src/rules/parse/parse-rules.ts';
import { lintRules } from '../../src/rules/review/lint-rules.ts';
import { appWith, context, parseText, problemsOf, setOf, short } from './rules-text.ts';

/** The faults of one `include` selector, without their places. */
function faults(selector: string): string[] {
  const text = appWith(`- { name: p, action: allow, include: [${selector}] }`);
  return problemsOf(text).map(({ code, hint }) => (hint === undefined ? code : `${code} (${hint})`));
}

/** The faults of further lines of an application. */
function appFaults(lines: string): string[] {
  const text = appWith('- { name: p, action: allow, include: [authenticated] }', `    ${lines}\n`);
  return problemsOf(text).map(({ code, hint }) => (hint === undefined ? code : `${code} (${hint})`));
}

const app = appWith('- { name: p, action: allow, include: [authenticated] }');

describe('selectors', () => {
  test.each([
    ['{ email: [A.B+c@Example.COM] }'],
    ["{ email: o'brien@example.com }"],
    ['{ email_domain: [example.com, xn--bcher-kva.example] }'],
    ['{ group: /staff/engineering/ }'],
    ['{ claim: { name: department, equals: [it, 7, true] } }'],
    ['{ hardware_key: { max_age: 12h, aaguid: cb69481e-8ff7-4039-93ec-0a2729a154a8 } }'],
    ['{ ip: [10.0.0.0/8, 192.0.2.7, "2001:db8::/32", "::1"] }'],
    ['{ time: { days: [mon-wed, fri], from: "22:00", to: "06:00", timezone: Europe/Lisbon } }'],
    ['{ time: [{ days: sat-sun }, { not_after: 2026-12-31 }] }'],
    ['{ country: [PT, NO] }'],
    ['any_service_token'],
    ['{ workload: github }'],
    ['{ workload: [github, { issuer: gitlab, subject: "project_path:acme/*" }] }'],
    [
      '{ workload: { issuer: github, claims: { repository: [acme/app, acme/lib-*], id: 7, "a.b": { c: true } } } }',
    ],
  ])('%s is right', (selector) => {
    expect(faults(selector)).toEqual([]);
  });

  test.each([
    ['{ emial: a@b.example }', 'unknown-key (did you mean `email`?)'],
    ['everybody', 'did you mean `everyone`?'],
    ['{}', 'empty-value (for example `email_domain: example.com`)'],
    ['{ workload: githb }', 'unknown-issuer (did you mean `github`?)'],
    ['{ workload: azure }', 'unknown-issuer (add it to `trusted_issuers` in the settings)'],
    ['{ workload: [] }', 'empty-list'],
    ['{ workload: { claims: { a: b } } }', 'missing-key'],
    ['{ workload: { issuer: github, subject: "*" } }', 'pattern (name at least how it begins)'],
    ['{ workload: { issuer: github, claims: { a: "**" } } }', 'pattern (name at least how it begins)'],
    [
      '{ workload: { issuer: github, claims: { a: "^acme/" } } }',
      'pattern (a `*` alone stands for any characters, and the text is always compared as a whole)',
    ],
    ['{ workload: { issuer: github, claims: { a: [] } } }', 'empty-value (delete it, or say what it is)'],
    ['{ workload: { issuer: github, claims: { a: {} } } }', 'empty-value (delete it, or say what it is)'],
    ['{ workload: { issuer: github, claims: { a: "" } } }', 'empty-value (delete it, or say what it is)'],
    ['{ workload: { issuer: github, claims: { a: null } } }', 'wrong-type (such as `acme/*`)'],
    ['{ workload: { issuer: github, claims: { a: [[b]] } } }', 'wrong-type (such as `acme/*`)'],
    ['{ workload: { issuer: github, claims: { a: " b" } } }', 'surrounding-space (delete the space)'],
    ['{ email: [] }', 'empty-list'],
    ['{ email: "" }', 'empty-text'],
    ['{ group: null }', 'empty-value'],
    ['{ group: 7 }', 'wrong-type (put it in quotes)'],
    [
      '{ email: a@b.example, group: g }',
      'several-selectors (write each as an item of its own: `- email: …` and `- group: …`)',
    ],
    ['{ email: "@example.com" }', 'bad-email (for everybody of a domain write `email_domain: example.com`)'],
    ['{ email: "*@example.com" }', 'bad-email (for everybody of a domain write `email_domain: example.com`)'],
    [
      '{ email: ".*@example[.]com$" }',
      'bad-email (regular expressions are not taken here: write the text itself)',
    ],
    ['{ email: a@b@c.example }', 'bad-email'],
    ['{ email: jürgen@example.com }', 'bad-email'],
    ['{ email: \u212Aim@example.com }', 'bad-email'],
    ['{ email: a..b@example.com }', 'bad-email'],
    [
      '{ email: "mom%elsewhere.example@example.com" }',
      'bad-email (mail servers may read `%`, `!` and `=?` before the `@` as another address: no login has such a one)',
    ],
    ['{ email_domain: "@example.com" }', 'bad-domain (write it without the @: `example.com`)'],
    [
      '{ email_domain: "*.example.com" }',
      'bad-domain (list each domain: a domain does not include those below it)',
    ],
    ['{ email_domain: bücher.example }', 'bad-domain (write it in its ASCII form: `xn--bcher-kva.example`)'],
    ['{ group: "^admins$" }', 'pattern (regular expressions are not taken here: write the text itself)'],
    ['{ group: "admin*" }', 'pattern (there are no wildcards here: the text is compared exactly)'],
    ['{ group: " admins" }', 'surrounding-space'],
    ['{ ip: 10.0.0.0/33 }', 'bad-address (it is a number from 0 to 32)'],
    ['{ ip: 10.0.0.5/8 }', 'host-bits (did you mean `10.0.0.0/8`?)'],
    ['{ ip: "2001:db8::1/32" }', 'host-bits (did you mean `2001:db8::/32`?)'],
    ['{ ip: 010.0.0.0/8 }', 'bad-address (write the numbers without leading zeros)'],
    ['{ ip: "::ffff:10.0.0.0/104" }', 'bad-address (write it as IPv4)'],
    ['{ ip: office.example.com }', 'bad-address (names are not looked up: write the address)'],
    ['{ country: pt }', 'bad-country (did you mean `PT`?)'],
    ['{ country: UK }', 'bad-country (did you mean `GB`?)'],
    ['{ method: get }', 'bad-method (did you mean `GET`?)'],
    ['{ time: {} }', 'empty-value (for example `days: mon-fri`)'],
    ['{ time: { timezone: Europe/Lisbonne } }', 'bad-timezone (did you mean `Europe/Lisbon`?)'],
    ['{ time: { from: "8:00" } }', 'bad-time (write hours and minutes: `08:00`, `18:30`)'],
    ['{ time: { from: "08:00", to: "08:00" } }', 'empty-time (delete both for the whole day)'],
    ['{ time: { days: monday } }', 'bad-day'],
    ['{ time: { not_after: 2026-02-30 } }', 'bad-date'],
    ['{ time: { not_before: 2026-03-02, not_after: 2026-03-01 } }', 'empty-time'],
    ['{ login_age: 1 hour }', 'bad-duration (write a whole number and a unit: `90s`, `15m`, `24h` or `7d`)'],
    ['{ login_age: 0s }', 'bad-duration'],
    ['{ hardware_key: {} }', 'empty-value (write the single word `hardware_key`)'],
    ['{ login_method: gogle }', 'unknown-provider (did you mean `google`?)'],
    ['{ claim: { name: departement, equals: it } }', 'unknown-claim (did you mean `department`?)'],
    ['{ rule_group: staff }', 'unknown-rule-group (define it under `rule_groups`)'],
  ])('%s is refused', (selector, fault) => {
    const found = faults(selector);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(fault);
  });
});

describe('applications', () => {
  test.each([
    ['session: { duration: 8h }'],
    ['identity_headers: { X-Forwarded-Email: email, X-Dept: department }'],
    ['request_headers: { set: {}, remove: [] }'],
    ['response_headers: { set: { Strict-Transport-Security: max-age=31536000 }, remove: [Server] }'],
    ['allowed_origins: ["https://other.example.com"]'],
    [
      'upstream_options: { ca_file: ca.pem, http2: true, max_queue: 0, response_timeout: 0s, health_check: { path: /healthz } }',
    ],
    ['upstream_options: { websocket_idle_timeout: 24d }'],
    ['paths: [{ path: /a%20b/, policies: [{ name: o, action: bypass, include: [everyone] }] }]'],
  ])('%s is right', (lines) => {
    expect(appFaults(lines)).toEqual([]);
  });

  test.each([
    ['session: { duration: 8 }', 'wrong-type'],
    ['identity_headers: { X-Bouncer-User: email }', 'header-not-yours'],
    ['identity_headers: { X_Bouncer.User: email }', 'header-not-yours'],
    ['identity_headers: { X-Forwarded-For: email }', 'header-not-yours'],
    ['identity_headers: { X-User: mail }', 'unknown-claim (did you mean `email`?)'],
    ['identity_headers: { X-User: email, x_user: sub }', 'duplicate-header'],
    ['request_headers: { set: { Host: x } }', 'header-not-yours (see `host_header` in `upstream_options`)'],
    ['request_headers: { set: { Cookie: a=b } }', 'header-not-yours'],
    ['request_headers: { remove: [Connection] }', 'header-not-yours'],
    ['request_headers: { set: { "X Y": a } }', 'bad-header-name'],
    ['request_headers: { pass: [X-Original-URL] }', 'header-not-yours'],
    ['response_headers: { pass: [X-User] }', 'unknown-key'],
    ['request_headers: { set: { X-Y: "a\\u00e9" } }', 'bad-header-value'],
    ['response_headers: { set: { Set-Cookie: a=b } }', 'header-not-yours'],
    ['allowed_origins: ["https://other.example.com/"]', 'bad-origin (write `https://other.example.com`)'],
    ['allowed_origins: ["*"]', 'bad-origin'],
    ['upstream_options: { client_cert_file: a.pem }', 'missing-key'],
    ['upstream_options: { connect_timeout: 0s }', 'bad-duration'],
    ['upstream_options: { websocket_idle_timeout: 25d }', 'duration-too-long (at most `24d`)'],
    [
      'upstream_options: { health_check: { path: /healthz, interval: 30d } }',
      'duration-too-long (at most `24d`)',
    ],
    ['hosts: [b.example.com]', 'duplicate-key (keep one of them)'],
    ['paths: []', 'empty-list'],
  ])('%s is refused', (lines, fault) => {
    expect(appFaults(lines)).toHaveLength(1);
    expect(appFaults(lines)[0]).toContain(fault);
  });

  test.each([
    ['https://wiki.example.com', 'write `wiki.example.com`'],
    ['wiki.example.com:8443', 'write `wiki.example.com`'],
    ['wiki.example.com/x', 'write the host alone'],
    ['WIKI.example.com', 'write `wiki.example.com`'],
    ['wiki.example.com.', 'write `wiki.example.com`'],
    ['"*"', 'a wildcard is'],
    ['wiki.*.example.com', 'a wildcard is'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['^wiki[.]example[.]com$', 'regular expressions'],
    ['127.0.0.01', 'for example'],
    ['"[::01]"', 'for example'],
  ])('the host %s is refused', (host, hint) => {
    const [problem, ...others] = problemsOf(app.replace('app.example.com', host));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'bad-host', hint: expect.stringContaining(hint) });
  });

  test.each([
    ['127.0.0.1:8080', 'did you mean `http://127.0.0.1:8080`?'],
    ['ftp://x', 'upstreams are `http:`, `https:`, `unix:` or `tunnel:`'],
    ['tunnel:office', 'write `tunnel:office/wiki`'],
    ['tunnel:Office/wiki', 'lower-case letters'],
    ['tunnel:office/wiki/x', 'write `tunnel:office/wiki`'],
    ['tunnel://office/wiki', 'write `tunnel:office/wiki`'],
    ['http://u:secret@x', 'request_headers'],
    ['http://x/app', 'write `http://x`'],
    ['http://x?a', 'write `http://x`'],
    ['file:///etc', 'upstreams are'],
    ['"http://x\\\\@y"', 'for example'],
  ])('the upstream %s is refused', (upstream, hint) => {
    const [problem, ...others] = problemsOf(app.replace('http://127.0.0.1:1', upstream));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'bad-upstream', hint: expect.stringContaining(hint) });
    expect(problem?.reason).not.toContain('secret');
  });

  test.each([
    ['http://x/app', 'bad-upstream'],
    ['forward_auth', 'bad-upstream'],
    ['[]', 'empty-list'],
    ['["http://x", "http://x:80"]', 'duplicate-upstream'],
  ])('the upstream %s of a path is refused', (upstream, code) => {
    const policies = 'policies: [{ name: o, action: bypass, include: [everyone] }]';
    const found = problemsOf(`${app}    paths: [{ path: /api, upstream: ${upstream}, ${policies} }]\n`);
    expect(found.map((problem) => problem.code)).toEqual([code]);
  });

  test('an upstream behind a tunnel is refused where the settings have no tunnels', () => {
    const text = app.replace('http://127.0.0.1:1', 'tunnel:office/wiki');
    expect(problemsOf(text)).toEqual([]);
    const parsed = parseText(text, { hasTunnels: false });
    expect(parsed).toMatchObject({
      ok: false,
      problems: [{ code: 'bad-upstream', hint: expect.stringContaining('add `tunnel:`') }],
    });
  });

  test.each([
    ['admin', 'write `/admin`'],
    ['/', "the application's own policies decide for it"],
    ['/a/../b', 'write `/b`'],
    ['//x', 'write `/x`'],
    ['/%61', 'write `/a`'],
    ['/a%2fb', undefined],
    ['/a%c3%a9', 'write `/a%C3%A9`'],
    ['/é', 'write `/%C3%A9`'],
    ['"/a;b"', 'letters, digits'],
    ['/a.', undefined],
    ['"/a?b"', 'only the path is compared'],
    ['/admin/.*', 'a path stands for itself'],
    ['^/admin', 'regular expressions'],
    ['/.bouncer/x', 'nothing under'],
    ['/.Bouncer', 'nothing under'],
  ])('the path %s is refused', (path, hint) => {
    const [problem, ...others] = problemsOf(
      `${app}    paths: [{ path: ${path}, policies: [{ name: o, action: bypass, include: [everyone] }] }]\n`,
    );
    expect(others).toEqual([]);
    expect(problem?.code).toBe('bad-path');
    if (hint !== undefined) expect(problem?.hint).toContain(hint);
  });

  test('a path and the same with a slash, or in other case, are one', () => {
    const policies = 'policies: [{ name: o, action: bypass, include: [everyone] }]';
    for (const other of ['/admin/', '/Admin']) {
      const found = problemsOf(
        `${app}    paths: [{ path: /admin, ${policies} }, { path: ${other}, ${policies} }]\n`,
      );
      expect(found.map(({ code }) => code)).toEqual(['duplicate-path']);
    }
  });

  test('relative files and sockets start at the folder of the rules', () => {
    const set = setOf(
      `${app.replace('http://127.0.0.1:1', 'unix:../run/app.sock')}    upstream_options: { ca_file: ca.pem }\n`,
    );
    const [application] = set.applications;
    expect(application?.upstreams).toEqual([
      { kind: 'unix', path: '/etc/bouncer/run/app.sock', text: 'unix:/etc/bouncer/run/app.sock' },
    ]);
    expect(application?.upstreamOptions.caFile).toBe('/etc/bouncer/policies/ca.pem');
  });

  test('what is left out has its default', () => {
    const [application] = setOf(app).applications;
    expect(application).toMatchObject({
      audience: 'app',
      mode: 'enforce',
      session: { durationMs: null, idleTimeoutMs: null },
    });
    expect(application?.upstreamOptions).toMatchObject({
      hostHeader: 'preserve',
      connectTimeoutMs: 5000,
      responseTimeoutMs: 60_000,
    });
  });

  test('an upstream over TLS has its port and host apart', () => {
    const [application] = setOf(app.replace('http://127.0.0.1:1', '"https://[2001:db8::1]"')).applications;
    expect(application?.upstreams).toEqual([
      { kind: 'tcp', isTls: true, host: '2001:db8::1', port: 443, text: 'https://[2001:db8::1]' },
    ]);
  });
});

describe('how requests to an application are read', () => {
  const more = (lines: string): string =>
    appWith('- { name: p, action: bypass, include: [everyone] }', lines.replace(/^(?=.)/gm, '    '));

  test('is strict, and takes WebSockets, where nothing is said', () => {
    expect(setOf(more('')).applications[0]).toMatchObject({
      upgrades: ['websocket'],
      pathSpelling: 'strict',
      rewritesLocation: false,
    });
    expect(
      setOf(more('upgrades: [SPDY/3.1, WebSocket]\npath_spelling: opaque\nrewrite_location: true'))
        .applications[0],
    ).toMatchObject({ upgrades: ['SPDY/3.1', 'WebSocket'], pathSpelling: 'opaque', rewritesLocation: true });
  });

  test.each([
    ['upgrades: []', 'empty-list'],
    ['upgrades: [""]', 'empty-text'],
    [`label: ${'x'.repeat(61)}`, 'too-long'],
    [`denied_text: ${'x'.repeat(501)}`, 'too-long'],
    ['contact: somebody', 'bad-contact'],
    ['contact: "javascript:alert(1)"', 'bad-contact'],
    ['contact: "https://ada:secret@example.com"', 'bad-contact'],
    ['label: ""', 'empty-text'],
    ['upgrades: ["a b"]', 'bad-upgrade'],
    ['upgrades: [a/b/c]', 'bad-upgrade'],
    ['upgrades: [websocket, h2c]', 'bad-upgrade'],
    ['upgrades: [TLS/1.0]', 'bad-upgrade'],
    ['upgrades: [websocket, WebSocket]', 'duplicate-upgrade'],
    ['path_spelling: loose', 'unknown-value'],
    ['rewrite_location: yes please', 'wrong-type'],
    [
      'path_spelling: opaque\npaths: [{ path: /a, policies: [{ name: q, action: deny, include: [everyone] }] }]',
      'opaque-paths',
    ],
  ])('%s is a problem: %s', (lines, code) => {
    const found = problemsOf(more(lines));
    expect(found.map((problem) => problem.code)).toEqual([code]);
    expect(found[0]?.line).toBeGreaterThan(1);
  });
});

describe('a set', () => {
  test('missing `policies`, `include` or `action` never means everyone', () => {
    for (const [key, line] of [
      ['policies', app.slice(0, app.indexOf('    policies:'))],
      ['include', appWith('- { name: p, action: allow }')],
      ['action', appWith('- { name: p, include: [everyone] }')],
      ['include', `${app}rule_groups: { g: { require: [hardware_key] } }\n`],
    ] as const) {
      const found = problemsOf(line);
      expect(found.map(({ code }) => code)).toEqual(['missing-key']);
      expect(found[0]?.reason).toContain(key);
    }
    expect(problemsOf(appWith('- { name: p, action: allow, include: [] }')).map(({ code }) => code)).toEqual([
      'empty-list',
    ]);
  });

  test('two policies of one list cannot share a name', () => {
    const twice =
      '- { name: p, action: allow, include: [everyone] }\n- { name: p, action: deny, include: [everyone] }';
    expect(problemsOf(appWith(twice)).map(short)).toEqual([
      '7:17 duplicate-name: a second policy is called `p` (the first one is on line 6; the log could not tell them apart)',
    ]);
  });

  test('files are read as one set, and clash as one', () => {
    const other = app.replace('name: app', 'name: other');
    expect(problemsOf([app, other]).map(short)).toEqual([
      '2:5 duplicate-host: the applications `app` and `other` both have the host `app.example.com` (the first one is at rules.yaml:2)',
    ]);
    expect(problemsOf([app, app.replace('app.example', 'b.example')]).map(({ code }) => code)).toEqual([
      'duplicate-name',
    ]);
    const groups = 'rule_groups:\n  g: { include: [everyone] }\n';
    expect(problemsOf([app + groups, groups]).map(({ code, file }) => `${file} ${code}`)).toEqual([
      'rules-2.yaml duplicate-name',
    ]);
    expect(
      setOf([appWith('- { name: p, action: allow, include: [{ rule_group: g }] }'), groups]).ruleGroups,
    ).toHaveLength(1);
  });

  test('no application lives where people are asked before a logout', () => {
    const confirmed = { authUrl: 'https://app.example.com', confirmsLogout: true };
    expect(problemsOf(app, confirmed).map(short)).toEqual([
      '2:5 logout-not-apart: `app` is on the host of `auth_url`, where `logout: confirm` in the settings asks people: its scripts could answer for them (give the application or `auth_url` another host, or delete `logout`)',
    ]);
    expect(problemsOf(app, { ...confirmed, authUrl: 'https://auth.example.com' })).toEqual([]);
    expect(problemsOf(app, { ...confirmed, confirmsLogout: false })).toEqual([]);
    const wild = app.replace('app.example.com', '"*.example.com"');
    expect(problemsOf(wild, confirmed)).toEqual([]);
  });

  test('wildcards clash too', () => {
    const wild = app.replace('app.example.com', '"*.example.com"');
    expect(problemsOf([wild, wild.replace('name: app', 'name: other')]).map(({ code }) => code)).toEqual([
      'duplicate-host',
    ]);
  });

  test('rule groups cannot use themselves, on whatever way', () => {
    const groups = `rule_groups:
  a: { include: [{ rule_group: b }] }
  b: { include: [everyone], exclude: [{ rule_group: c }] }
  c: { include: [{ rule_group: [a] }] }
`;
    expect(problemsOf(app + groups).map(short)).toEqual([
      '10:18 circle: the rule group `a` uses itself (`a` → `b` → `c` → `a`)',
    ]);
  });

  test('all problems of all files are listed at once, in their order', () => {
    const policies = '- { name: q, action: allow, include: [{ ip: 10.0.0.1/8 }, { country: UK }] }';
    const misspelt = appWith(policies.replace('action', 'actoin')).replace('host: app', 'host: b');
    expect(problemsOf([appWith(policies), misspelt]).map(({ file, code }) => `${file} ${code}`)).toEqual([
      'rules-2.yaml unknown-key',
      'rules.yaml host-bits',
      'rules.yaml bad-country',
    ]);
  });

  test('a set without an application is not a set', () => {
    expect(problemsOf('rule_groups:\n  g: { include: [everyone] }\n').map(({ code }) => code)).toEqual([
      'no-applications',
    ]);
    const none = parseRules([], context);
    expect(none.ok ? [] : none.problems.map(({ code }) => code)).toEqual(['no-applications']);
  });

  test('the host where people log in may be an application', () => {
    expect(parseText(app.replace('app.example.com', 'auth.example.com')).ok).toBe(true);
  });

  test('without settings at hand, names of providers and claims are not checked', () => {
    const text = appWith(
      '- { name: p, action: allow, include: [{ login_method: x }, { claim: { name: y, equals: z } }] }',
    );
    expect(problemsOf(text)).toHaveLength(2);
    expect(problemsOf(text, { providerIds: null, keptClaims: null })).toEqual([]);
  });
});

describe('tests in the rules', () => {
  const faultsOf = (line: string) =>
    problemsOf(
      `${app}tests:\n  - { name: t, url: "https://app.example.com/", expect: allow, ${line} }\n`,
    ).map(({ code }) => code);

  test.each([
    ['as: { email: nobody }', 'bad-email'],
    ['as: { claims: { salary: 7 } }', 'unknown-claim'],
    ['as: { login_method: x }', 'unknown-provider'],
    ['as: { groups: admins }', 'wrong-type'],
    ['as: { groups: 7 }', 'wrong-type'],
    ['amr: [hwk]', 'unused-option'],
    ['as: { amr: [hwk] }, amr: [hwk]', 'duplicate-key'],
    ['ip: 10.0.0.0/8', 'bad-address'],
    ['at: tomorrow', 'bad-date'],
    ['method: get', 'bad-method'],
  ])('%s is refused', (line, code) => {
    expect(faultsOf(line)).toEqual([code]);
  });

  test('a URL of no application is refused', () => {
    const text = `${app}tests: [{ name: t, url: "https://x.example.com/", expect: deny }]\n`;
    expect(problemsOf(text).map(({ code }) => code)).toEqual(['unknown-host']);
    expect(problemsOf(text.replace('app.example.com', '"*.example.com"'))).toEqual([]);
  });

  test('a test at auth_url’s host needs an application that names it: no wildcard stands for it', () => {
    const rules = (hosts: string) =>
      `${appWith('- { name: p, action: allow, include: [authenticated] }', '').replace(
        'host: app.example.com',
        hosts,
      )}tests: [{ name: t, url: "https://auth.example.com/", expect: login }]\n`;
    expect(problemsOf(rules('host: "*.example.com"')).map(({ code }) => code)).toEqual(['unknown-host']);
    expect(problemsOf(rules('hosts: ["*.example.com", auth.example.com]'))).toEqual([]);
    expect(problemsOf(rules('host: "*.example.com"'), { authUrl: null })).toEqual([]);
  });
});

describe('an application that another proxy forwards to', () => {
  const fronted = (lines = '') =>
    appWith(
      '- { name: p, action: allow, include: [authenticated] }',
      lines.replace(/^(?=.)/gm, '    '),
    ).replace('http://127.0.0.1:1', 'forward_auth');

  test('has no address, and warns of its streams once', () => {
    expect(setOf(fronted(), { hasForwardAuth: true }).applications[0]).toMatchObject({
      upstreams: [],
      isForwardAuth: true,
    });
    expect(lintRules(setOf(fronted())).map(({ code }) => code)).toContain('streams-not-ended');
  });

  test.each([
    ['response_headers: { remove: [X-A] }', 'unused-option'],
    ['upstream_options: { connect_timeout: 1s }', 'unused-option'],
    ['rewrite_location: true', 'unused-option'],
    ['request_headers: { remove: [X-A] }', 'unused-option'],
    [
      'paths: [{ path: /api, upstream: "http://127.0.0.1:2", policies: [{ name: o, action: bypass, include: [everyone] }] }]',
      'unused-option',
    ],
  ])('%s is the proxy’s', (line, code) => {
    expect(problemsOf(fronted(line)).map((problem) => problem.code)).toEqual([code]);
  });

  test('is refused where no proxy may ask, and beside addresses', () => {
    expect(problemsOf(fronted(), { hasForwardAuth: false }).map(({ code }) => code)).toEqual([
      'no-forward-auth',
    ]);
    const both = fronted().replace(
      'upstream: forward_auth',
      'upstream: [forward_auth, "http://127.0.0.1:1"]',
    );
    expect(problemsOf(both).map(({ reason }) => reason)).toEqual(['`forward_auth` stands alone']);
  });
});

describe('the words of other access proxies', () => {
  const also = (list: string, host = 'app.example.com') =>
    appWith(
      '- { name: p, action: allow, include: [authenticated] }',
      `    assertion: { also: ${list} }\n`,
    ).replace('host: app.example.com', `host: "${host}"`);
  const codes = (text: string) => problemsOf(text).map(({ code }) => code);

  test('are named, one with the audience that programs expect', () => {
    expect(
      setOf(also('[{ cloudflare: abc }, pomerium, oauth2-proxy, remote]')).applications[0]?.dialects,
    ).toEqual([
      { name: 'cloudflare', audience: 'abc' },
      { name: 'pomerium', audience: null },
      { name: 'oauth2-proxy', audience: null },
      { name: 'remote', audience: null },
    ]);
  });

  test.each([
    ['[]', 'empty-list'],
    ['[authelia]', 'unknown-value'],
    ['[remote, remote]', 'duplicate-dialect'],
    ['[cloudflare, { cloudflare: abc }]', 'duplicate-dialect'],
    ['[{ cloudflare: app }]', 'shared-audience'],
    ['[{ pomerium: app }]', 'unknown-key'],
  ])('%s is refused', (list, code) => {
    expect(codes(also(list))).toContain(code);
  });

  test('need a host that is an issuer, and fields that nobody else sets', () => {
    expect(codes(also('[pomerium]', '*.example.com'))).toEqual(['no-exact-host']);
    expect(codes(also('[remote]', '*.example.com'))).toEqual([]);
    const twice = also('[remote]').replace(
      '    policies:',
      '    identity_headers: { Remote_User: email }\n    policies:',
    );
    expect(codes(twice)).toEqual(['duplicate-header']);
  });
});
