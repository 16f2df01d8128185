// Faults in the configuration, each written as somebody would write it in our files: bouncer must not start with one, and a reload with
// one must change nothing (R-50, R-51). The table shows the fault; the files here are its translation.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { InvalidConfigurationError } from '../../src/bouncer.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { createBouncer } from '../../src/create-bouncer.ts';
import { appHost, attackRules } from './attack-site.ts';
import { type Flow, nothing } from './flow.ts';

/** What a folder holds: texts, bytes, or a folder in the place of a file. */
interface Files {
  readonly settings: string | Buffer | 'a folder';
  readonly rules: string | Buffer | 'a folder';
  /** `check` passes: where rules are checked, the secrets of production are rightly not at hand. The start refuses. */
  readonly isForCheck?: true;
}

const goodSettings = `auth_url: https://auth.bouncer.test
listen: 127.0.0.1:0
rules: rules.yaml
identity_providers:
  - { id: test, type: oidc, issuer: http://localhost:9, client_id: bouncer, client_secret: long-enough-for-a-test }
`;
const goodRules = `applications:
  - name: app
    host: app.bouncer.test
    upstream: http://127.0.0.1:9
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`;

const rules = (text: string | Buffer): Files => ({ settings: goodSettings, rules: text });
const settings = (text: string | Buffer): Files => ({ settings: text, rules: goodRules });
const inRules = (good: string, bad: string): Files => rules(replaced(goodRules, good, bad));
const inSettings = (good: string, bad: string): Files => settings(replaced(goodSettings, good, bad));
const include = (selectors: string): Files => inRules('[{ email_domain: example.com }]', selectors);
const withPaths = (lines: string): Files => rules(`${goodRules}    paths:\n${lines}`);
const path = (text: string): string =>
  `      - path: ${text}\n        policies: [{ name: open, action: bypass, include: [everyone] }]\n`;

function replaced(text: string, good: string, bad: string): string {
  if (!text.includes(good)) throw new Error(`the good file has no ${good}`);
  return text.replace(good, bad);
}

const faults: Readonly<Record<string, readonly Files[]>> = {
  'UPS-005': ['http://idp.example', 'http://10.0.0.1', 'https://user:pass@idp.example'].map((issuer) =>
    inSettings('http://localhost:9', issuer),
  ),
  'UPS-012': ['file:///etc', 'unix:', '/run/app.sock'].map((text) => inRules('http://127.0.0.1:9', text)),
  'LIM-012': [
    withPaths(path('"^/(a+)+$"')),
    withPaths(path('/ok').replace('path:', 'path_regex:')),
    include('[{ email: "(a+)+$" }]'),
    include('[{ group: "^(a+)+$" }]'),
  ],
  'CFG-001': [
    inRules('    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]\n', ''),
    inRules('[{ name: staff, action: allow, include: [{ email_domain: example.com }] }]', '[]'),
    rules('applications: []\n'),
  ],
  'CFG-003': [inRules(', include: [{ email_domain: example.com }]', '')],
  'CFG-004': [include('{}'), include('[{}]'), include('[]'), include('')],
  'CFG-006': [include('[{ group: null }]'), include('[{ group: ~ }]'), include('[{ group: }]')],
  'CFG-007': [include('[{ group: [""] }]'), include('[{ group: "" }]'), include('[{ group: " " }]')],
  'CFG-009': [include('[{ emaildomain: x.com }]'), include('[everybody]')],
  'CFG-010': [rules(`${goodRules}ruless: []\n`), settings(`${goodSettings}ruless: policies\n`)],
  'CFG-011': [
    settings(`${goodSettings}session: { ttll: 1h }\n`),
    inRules('name: app', 'name: app\n    session: { ttll: 1h }'),
  ],
  'CFG-012': [include('[{ group: { admins: true } }]'), include('[{ group: 7 }]'), include('admins')],
  'CFG-017': [include('[{ ip: 10.0.0.0/33 }]')],
  'CFG-018': [include('[{ ip: 10.0.0.5/8 }]')],
  'CFG-019': [include('[{ ip: 010.0.0.0/8 }]')],
  'CFG-022': ['0.0.0.0/0', '::/0', '128.0.0.0/1, 0.0.0.0/1'].map((text) =>
    settings(`${goodSettings}trusted_proxies: [${text.includes(':') ? `"${text}"` : text}]\n`),
  ),
  'CFG-023': [rules(goodRules + replaced(goodRules, 'applications:\n  - name: app', '  - name: again'))],
  'CFG-024': ['APP.BOUNCER.TEST', 'app.bouncer.test.'].map((host) =>
    rules(
      goodRules +
        replaced(goodRules, 'applications:\n  - name: app', '  - name: again').replace(
          'app.bouncer.test',
          host,
        ),
    ),
  ),
  'CFG-025': [withPaths(path('/a') + path('/a')), withPaths(path('/a') + path('/A'))],
  'CFG-027': [
    '/a/../b',
    '//x',
    '/%61',
    'a',
    '"/a;"',
    '"/a?x"',
    '"/a#x"',
    '/a/./b',
    '/a%2Fb',
    '"/a\\\\b"',
  ].map((text) => withPaths(path(text))),
  'CFG-028': [
    withPaths(path('/a').replace('path:', 'path_regex:')),
    withPaths(path('"^/admin"')),
    withPaths(path('/admin/*')),
  ],
  'CFG-032': [
    { ...inSettings('long-enough-for-a-test', '{ file: /none/none }'), isForCheck: true },
    { ...inSettings('long-enough-for-a-test', '{ env: BOUNCER_HAS_NO_SUCH_NAME }'), isForCheck: true },
    inSettings('long-enough-for-a-test', '""'),
  ],
  'CFG-033': [
    inSettings('rules: rules.yaml', 'rules: none.yaml'),
    include('[{ group_file: /none }]'),
    include('[{ rule_group: none }]'),
  ],
  'CFG-034': [
    inSettings('client_id: bouncer', 'client_id: ""'),
    inSettings('https://auth.bouncer.test', 'http://auth.bouncer.test'),
    inSettings('http://localhost:9', 'http://idp.test'),
  ],
  'CFG-035': ['[none]', '[HS256]', '[RS256, none]', '[]'].map((list) =>
    inSettings('client_id: bouncer', `client_id: bouncer, id_token_algorithms: ${list}`),
  ),
  'CFG-036': ['-1', '0', '.inf', '.nan', '30', '0s', '-5m', '1e9h', '1 h', '""'].map((text) =>
    settings(`${goodSettings}session: { duration: ${text} }\n`),
  ),
  'CFG-037': [
    ...[
      'http://user:pass@127.0.0.1:9',
      'http://127.0.0.1:9/../x',
      'ftp://x',
      'http://127.0.0.1:9/#x',
      'javascript:1',
      'x',
    ],
  ].map((text) => inRules('http://127.0.0.1:9', text)),
  'CFG-038': [
    settings(''),
    rules(''),
    settings('a folder'),
    settings(Buffer.from('00ff00ff89504e47', 'hex')),
    rules(Buffer.from('00ff00ff89504e47', 'hex')),
    settings(Buffer.from(goodSettings, 'utf16le')),
    rules(Buffer.alloc(100_000_000, 'a: b\n')),
    settings(Buffer.alloc(100_000_000, '# padding\n')),
  ],
  'CFG-042': [include('[{ claim: { name: x, equals: y } }]')],
};

/** Write the files and say what start and `check` make of them. */
async function verdicts(files: Files): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-fault-'));
  const put = (name: string, content: string | Buffer): void => {
    if (content === 'a folder') mkdirSync(join(folder, name));
    else writeFileSync(join(folder, name), content);
  };
  put('bouncer.yaml', files.settings);
  put('rules.yaml', files.rules);
  const config = join(folder, 'bouncer.yaml');
  const problems: string[] = [];
  const shown = String(files.settings === goodSettings ? files.rules : files.settings).slice(0, 600);
  try {
    const bouncer = await createBouncer({ settings: config, env: {}, log: { write: () => {} } });
    await bouncer.close();
    problems.push(`started with:\n${shown}`);
  } catch (error) {
    if (!(error instanceof InvalidConfigurationError)) problems.push(`${String(error)} for:\n${shown}`);
    else if (!/(?:bouncer|rules|none)\.yaml(?::\d+:\d+)?: /.test(error.message))
      problems.push(`no place in: ${error.message.slice(0, 200)}`);
  }
  const silent = { write: () => true };
  const code = await runCli(['check', '-c', config], {
    stdin: Readable.from([]),
    stdout: silent,
    stderr: silent,
    cwd: folder,
    env: {},
  });
  if (code !== (files.isForCheck === true ? 0 : 3)) problems.push(`check ends with ${code} for:\n${shown}`);
  rmSync(folder, { recursive: true, force: true });
  return problems;
}

const refusesToStart: Flow = async (one) => {
  const problems: string[] = [];
  for (const files of faults[one.id] ?? []) problems.push(...(await verdicts(files)));
  return problems;
};

/** Every fault of a rules file, as a reload of a site that runs: the old rules stay. */
const everyReload: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const { browser } = await site.logIn();
  const problems: string[] = [];
  for (const { rules: text } of Object.values(faults).flat()) {
    if (typeof text !== 'string' || text === goodRules || text === 'a folder') continue;
    site.writeRules(text);
    if (await site.bouncer.reload()) problems.push(`reloaded with:\n${text.slice(0, 400)}`);
    const { status } = await browser.get(`https://${appHost}/private`, { stopAt: () => true });
    const admin = await browser.get(`https://${appHost}/admin`, { stopAt: () => true });
    if (status !== 200 || admin.status !== 403)
      problems.push(`after a refused reload: ${status}, ${admin.status}`);
  }
  site.writeRules(attackRules);
  return (await site.bouncer.reload()) ? problems : [...problems, 'good rules are not taken any more'];
};

const goodFilesStart: Flow = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-good-'));
  writeFileSync(join(folder, 'bouncer.yaml'), goodSettings);
  writeFileSync(join(folder, 'rules.yaml'), goodRules);
  try {
    const bouncer = await createBouncer({
      settings: join(folder, 'bouncer.yaml'),
      env: {},
      log: { write: () => {} },
    });
    await bouncer.close();
    return nothing;
  } catch (error) {
    return [`the good files are refused: ${String(error)}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const configFlows: Readonly<Record<string, Flow>> = {
  ...Object.fromEntries(Object.keys(faults).map((id) => [id, refusesToStart])),
  // The verdict of `check` is compared with the start's for each fault above; here the same for reloads.
  'CFG-044': async (one, sites) => [
    ...(await goodFilesStart(one, sites)),
    ...(await everyReload(one, sites)),
  ],
};
