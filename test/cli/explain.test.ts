// `bouncer explain` as a person sees it: transcripts in fixtures/explain. `npx vitest run … -u` writes them anew.
import { afterEach, describe, expect, it } from 'vitest';
import { renderPrettyEvent, renderPrettyRequest } from '../../src/telemetry/pretty-line.ts';
import type { RequestRecord } from '../../src/telemetry/request-record.ts';
import { runCommand, transcript } from './run-command.ts';
import { env, makeSiteFolder, rules, type SiteFolder, settings } from './site-folder.ts';

let folder: SiteFolder | null = null;
afterEach(() => folder?.remove());

const page = 'https://wiki.example.com/page';
const at = ['--ip', '198.51.100.7', '--at', '2026-01-05T09:00Z'];
const admin = [
  '--url',
  'https://wiki.example.com/admin',
  '--email',
  'Ada@example.com',
  '--group',
  'admins',
  ...at,
];

const requestId = '0c5f1e1c-7d0a-4a55-9a5e-0f6d7d1e2a3b';
const record = (more: object): string =>
  JSON.stringify({
    time: '2026-01-05T09:00:00.000Z',
    level: 'info',
    request_id: requestId,
    host: 'wiki.example.com',
    method: 'GET',
    path: '/admin',
    status: 403,
    decision: 'deny',
    reason: 'no-policy-matched',
    policy: null,
    application: 'wiki',
    sub: '1234',
    email: 'c@example.com',
    idp: 'google',
    session: 'AbCdEfGhIjKl',
    ip: '198.51.100.7',
    ...more,
  });
const log = [
  '{"time":"2026-01-05T08:00:00.000Z","level":"info","event":"started"}',
  'not ours',
  record({ request_id: 'another' }),
  `{"cut": "${requestId}`,
  record({}),
  '',
].join('\n');

const loginFailed = {
  host: 'auth.example.com',
  ip: '198.51.100.7',
  user_agent: null,
  reason: 'provider-answer-invalid',
  provider: 'google',
  cause: '`aud` of the ID token is `other`, and `abc` is wanted',
  hint: '`client_id` must be the one that the provider shows for this client',
};
const failedLogin = [
  JSON.stringify({
    time: '2026-01-05T09:00:00.000Z',
    level: 'warn',
    event: 'login_failed',
    request_id: requestId,
    ...loginFailed,
  }),
  record({
    ...{ host: 'auth.example.com', path: '/.bouncer/callback/google', status: 400, decision: 'own' },
    ...{
      reason: 'provider-answer-invalid',
      application: null,
      sub: null,
      email: null,
      idp: null,
      session: null,
    },
  }),
  '',
].join('\n');

const pretty: RequestRecord = {
  requestId,
  host: 'wiki.example.com',
  method: 'GET',
  path: '/page',
  status: 403,
  decision: 'deny',
  reason: 'policy-denied',
  policy: 'no one from there',
  application: 'wiki',
  ...{ sub: '1234', email: 'ada@example.com', idp: 'google', session: 'x', ip: null, userAgent: null },
  ...{ durationMs: 1.25, upstreamMs: null, bytesOut: 0 },
};
const time = '2026-01-05T09:00:00.000Z';
const prettyLog = `bouncer-1  | ${renderPrettyRequest(pretty, { time, isColored: true })}`;
const prettyLogin =
  renderPrettyEvent(
    'warn',
    'login_failed',
    { request_id: requestId, ...loginFailed },
    { time, isColored: true },
  ) +
  renderPrettyRequest(
    {
      ...pretty,
      ...{ host: 'auth.example.com', path: '/.bouncer/callback/google', status: 400, decision: 'own' },
      ...{ reason: 'provider-answer-invalid', policy: null, sub: null, email: null },
    },
    { time, isColored: true },
  );

const job = [...['--workload', 'github', '--claim', 'repository=acme/app', '--claim', 'ref=refs/heads/main']];

const cases: Readonly<
  Record<string, { readonly args: readonly string[]; readonly code: number; readonly stdin?: string }>
> = {
  allow: { args: ['--url', page, '--email', 'ada@example.com', ...at], code: 0 },
  'deny by no policy': { args: ['--url', page, '--email', 'eve@evil.test', ...at], code: 2 },
  'deny by a policy': {
    args: ['--url', page, '--email', 'ada@example.com', '--ip', '203.0.113.9', '--at', '2026-01-05T09:00Z'],
    code: 2,
  },
  'a service token': { args: ['--url', page, '--service-token', 'ci', ...at], code: 2 },
  'a service token and a person': {
    args: ['--url', page, '--service-token', 'ci', '--email', 'ada@example.com'],
    code: 64,
  },
  'a request of the log by a service token': {
    args: ['--request', requestId],
    stdin: record({ sub: 'ci', email: null, idp: null, path: '/page' }),
    code: 2,
  },
  'a job': { args: ['--url', page, '-c', 'jobs.yaml', ...job, ...at], code: 0 },
  'a job of another branch': {
    args: ['--url', page, '-c', 'jobs.yaml', ...job, '--claim', 'ref=refs/heads/try', ...at],
    code: 2,
  },
  'a job of an issuer that the settings do not have': {
    args: ['--url', page, '--workload', 'github'],
    code: 64,
  },
  'a claim of nobody': { args: ['--url', page, '--claim', 'ref=refs/heads/main'], code: 64 },
  'a request of the log by a job': {
    args: ['--request', requestId, '-c', 'jobs.yaml'],
    stdin: record({ sub: 'github:repo:acme/app:ref:refs/heads/main', email: null, idp: null, path: '/page' }),
    code: 2,
  },
  'an address that is not known': { args: ['--url', page, '--email', 'ada@example.com'], code: 2 },
  'groups that nobody knows': {
    args: ['--url', page, '--email', 'ada@example.com', '--groups', 'unsettled', ...at],
    code: 2,
  },
  login: { args: ['--url', page, ...at], code: 2 },
  'step up': { args: admin, code: 2 },
  'with the key': { args: [...admin, '--amr', 'hwk'], code: 0 },
  'an unknown host': { args: ['--url', 'https://wkii.example.com/'], code: 2 },
  'a path that can be read in two ways': {
    args: ['--url', 'https://wiki.example.com/x/..%2fadmin', '--email', 'ada@example.com', ...at],
    code: 2,
  },
  json: { args: [...admin, '--json'], code: 2 },
  'a request of the log, on standard input': { args: ['--request', requestId], stdin: log, code: 2 },
  'a request of a log file': { args: ['--request', requestId, '--log', 'bouncer.log'], code: 2 },
  'a request of the log, as json': { args: ['--request', requestId, '--json'], stdin: log, code: 2 },
  'a request of the log, with what the log does not hold': {
    args: ['--request', requestId, '--group', 'admins', '--amr', 'hwk'],
    stdin: log,
    code: 0,
  },
  'a request without a host': {
    args: ['--request', requestId],
    stdin: record({
      host: null,
      status: 400,
      decision: 'refused',
      reason: 'host-missing',
      sub: null,
      email: null,
    }),
    code: 2,
  },
  'a request that is not in the log': { args: ['--request', '00000000'], stdin: log, code: 64 },
  'a number that is none': { args: ['--request', 'no-such-id'], stdin: log, code: 64 },
  'a log without a number': { args: ['--url', page, 'bouncer.log'], code: 64 },
  'a request by the beginning of its number, in a file': {
    args: ['--request', '0C5F1E1C', 'bouncer.log'],
    code: 2,
  },
  'a beginning that several numbers have': {
    args: ['--request', '0c5f1e1c'],
    stdin: `${record({})}\n${record({ request_id: '0c5f1e1c-0000-4000-8000-000000000000', path: '/page', status: 200 })}\n`,
    code: 64,
  },
  'an application that does not answer': {
    args: ['--request', '0c5f1e1c'],
    stdin: record({
      ...{ status: 502, decision: 'error', reason: 'upstream_unreachable', policy: 'staff' },
      cause: '10.0.0.5:8090: ECONNREFUSED',
      hint: 'is the application running?',
    }),
    code: 1,
  },
  'a login that failed': { args: ['--request', '0c5f1e1c'], stdin: failedLogin, code: 1 },
  'a login that failed, as json': { args: ['--request', '0c5f1e1c', '--json'], stdin: failedLogin, code: 1 },
  'a login that failed, in a log for people': {
    args: ['--request', '0c5f1e1c'],
    stdin: prettyLogin,
    code: 1,
  },
  'a request in a log for people': { args: ['--request', '0c5f1e1c'], stdin: prettyLog, code: 2 },
  'a log that is not there': { args: ['--request', requestId, '--log', 'nope.log'], code: 64 },
  'nothing to explain': { args: [], code: 64 },
  'an address that is none': { args: ['--url', 'wiki.example.com'], code: 64 },
  'an IP address that is none': { args: ['--url', page, '--ip', '10.0.0.0/8'], code: 64 },
  'a provider that the settings do not have': { args: ['--url', page, '--provider', 'gogle'], code: 64 },
  'both a request and an address': { args: ['--url', page, '--request', requestId], code: 64 },
};

const jobSettings = `${settings.replace('rules: policies', 'rules: jobs')}trusted_issuers:
  - name: github
    issuer: https://token.actions.githubusercontent.com
    audience: https://auth.example.com
    claims: { repository_owner_id: 65 }
`;

const jobRules = `applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:8090
    policies:
      - name: releases
        action: allow
        include: [{ workload: { issuer: github, claims: { repository: acme/*, ref: refs/heads/main } } }]
`;

describe('explain', () => {
  it.each(Object.entries(cases))('%s', async (name, { args, code, stdin }) => {
    folder = makeSiteFolder({ 'bouncer.log': log, 'jobs.yaml': jobSettings, 'jobs/rules.yaml': jobRules });
    const line = ['explain', ...args];
    const run = await runCommand(line, { cwd: folder.path, env, ...(stdin === undefined ? {} : { stdin }) });
    await expect(transcript(line, run, folder.path)).toMatchFileSnapshot(
      `fixtures/explain/${name.replaceAll(/[^\w]+/g, '-')}.txt`,
    );
    expect(run.code).toBe(code);
  });

  it('says what is wrong with rules that are not valid', async () => {
    folder = makeSiteFolder({ 'policies/wiki.yaml': rules.replace('staff }]', 'stuff }]') });
    const run = await runCommand(['explain', '--url', page], { cwd: folder.path, env });
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('did you mean `staff`?');
  });

  it('says that a provider does not speak for an address', async () => {
    const second = settings.replace(
      'identity_providers:',
      'identity_providers:\n  - { id: corp, type: oidc, issuer: "https://corp.example", client_id: a, groups_claim: none, email_domains: [example.com] }',
    );
    folder = makeSiteFolder({ 'bouncer.yaml': second });
    const cwd = folder.path;
    const ask = async (provider: string) => {
      const args = ['explain', '--url', page, '--email', 'ada@example.com', '--provider', provider, ...at];
      return runCommand(args, { cwd, env });
    };
    const [own, other] = [await ask('corp'), await ask('google')];
    expect([own.code, other.code]).toEqual([0, 2]);
    expect(own.stdout).toContain('the address is ada@example.com');
    expect(other.stdout).toContain('email-outside-provider');
  });

  it('prints colours on a terminal only', async () => {
    folder = makeSiteFolder();
    const args = ['explain', '--url', page, '--email', 'ada@example.com'];
    expect((await runCommand(args, { cwd: folder.path, env, isTTY: true })).stdout).toContain('\u001B[');
    const plain = { cwd: folder.path, env: { ...env, NO_COLOR: '1' }, isTTY: true };
    expect((await runCommand(args, plain)).stdout).not.toContain('\u001B');
  });
});
