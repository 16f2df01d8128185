// Reloads two sets of rules in turn while people and strangers ask. Counts what failed and what no set could have decided.
import { Agent, request } from 'undici';
import { type Site, startSite } from '../fixtures/running-site.ts';

/** `/flip` is open to staff in set A and closed in set B; each set signs its answers. */
export const rulesOf = (set: 'A' | 'B', extra = 0): string => `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    response_headers: { set: { X-Rules: ${set} } }
    policies:
      - { name: staff, action: allow, include: [{ group: staff }] }
    paths:
      - path: /flip
        policies:
          - { name: staff, action: ${set === 'A' ? 'allow' : 'deny'}, include: [{ group: staff }] }
${Array.from(
  { length: extra },
  (_, index) => `  - name: app${index}
    host: app${index}.localhost
    upstream: UPSTREAM
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`,
).join('')}
tests:
  - { name: flip, url: http://wiki.localhost/flip, as: { email: a@example.com, groups: [staff] }, expect: ${set === 'A' ? 'allow' : 'deny'} }
`;

export interface LoadReport {
  readonly reloads: number;
  readonly requests: number;
  /** Failed requests, and answers that are none of either set; empty when all is well. */
  readonly faults: readonly string[];
  /** The slowest answer, milliseconds. */
  readonly slowestMs: number;
  readonly seconds: number;
}

/**
 * @param options `reloads` at most, within `deadlineMs`; `applications`: how many more the sets hold
 */
export async function reloadUnderLoad(options: {
  readonly reloads: number;
  readonly deadlineMs: number;
  readonly applications: number;
}): Promise<LoadReport> {
  const site = await startSite({ rules: rulesOf('A', options.applications) });
  try {
    return await run(site, options);
  } finally {
    await site.close();
  }
}

async function run(
  site: Site,
  {
    reloads,
    deadlineMs,
    applications,
  }: { readonly reloads: number; readonly deadlineMs: number; readonly applications: number },
): Promise<LoadReport> {
  const { browser } = await site.logIn('alice', site.at('wiki.localhost'));
  const cookie = browser.cookieFor(site.at('wiki.localhost')) ?? '';
  const agent = new Agent({ connections: 8 });
  const faults: string[] = [];
  let requests = 0;
  let slowestMs = 0;

  const ask = async (path: string, isLoggedIn: boolean): Promise<{ status: number; set: string }> => {
    const startedMs = performance.now();
    const response = await request(`http://127.0.0.1:${site.port}${path}`, {
      dispatcher: agent,
      headers: {
        host: `wiki.localhost:${site.port}`,
        accept: 'application/json',
        ...(isLoggedIn ? { cookie } : {}),
      },
    });
    await response.body.dump();
    requests++;
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    return { status: response.statusCode, set: String(response.headers['x-rules']) };
  };
  /** What either set would answer. */
  const isPossible = (path: string, isLoggedIn: boolean, status: number, set: string): boolean => {
    if (!isLoggedIn) return status === 401 || (path === '/flip' && status === 403);
    if (path === '/flip') return (status === 200 && set === 'A') || status === 403;
    return status === 200 && (set === 'A' || set === 'B');
  };

  let isOver = false;
  const asking = async (path: string, isLoggedIn: boolean): Promise<void> => {
    while (!isOver) {
      try {
        const { status, set } = await ask(path, isLoggedIn);
        if (!isPossible(path, isLoggedIn, status, set))
          faults.push(`${path} ${isLoggedIn ? 'alice' : 'nobody'}: ${status} by ${set}`);
      } catch (error) {
        faults.push(`${path}: ${String(error)}`);
      }
    }
  };
  const load = [
    asking('/page', true),
    asking('/page', true),
    asking('/flip', true),
    asking('/flip', true),
    asking('/flip', false),
    asking('/page', false),
  ];

  const startedMs = performance.now();
  let done = 0;
  while (done < reloads && performance.now() - startedMs < deadlineMs) {
    const set = done % 2 === 0 ? 'B' : 'A';
    site.writeRules(rulesOf(set, applications));
    if (!(await site.bouncer.reload())) faults.push(`reload ${done} was refused`);
    // Whoever asks from now on is answered by this set.
    const [page, flip] = await Promise.all([ask('/page', true), ask('/flip', true)]);
    if (page.set !== set || flip.status !== (set === 'A' ? 200 : 403))
      faults.push(`after reload ${done} to ${set}: ${page.set}, ${flip.status}`);
    done++;
  }
  isOver = true;
  await Promise.all(load);
  await agent.close();
  return { reloads: done, requests, faults, slowestMs, seconds: (performance.now() - startedMs) / 1000 };
}
