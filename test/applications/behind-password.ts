// A bouncer that has programs asked for a password, with a service token and a personal one to give.
import { expect, onTestFinished } from 'vitest';
import { issueToken } from '../../src/identity/tokens/token-operations.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

/**
 * An application on 127.0.0.1, which asks programs for a password; whoever has the service token `ci` or is staff gets in.
 *
 * @param more further lines of the application
 */
export async function behindPassword(
  port: number,
  more: readonly string[] = [],
): Promise<
  Site & {
    readonly service: string;
    readonly personal: string;
    /** As its person does on the page. */
    readonly endPersonal: () => Promise<void>;
  }
> {
  const site = await startSite({
    rules: `
applications:
  - name: app
    host: 127.0.0.1
    upstream: http://127.0.0.1:${port}
    clients: basic
${more.map((line) => `    ${line}\n`).join('')}    policies:
      - { name: programs, action: allow, include: [{ service_token: ci }] }
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
`,
  });
  onTestFinished(() => site.close());
  const store = await openStore(site.bouncer.settings);
  const order = { name: 'ci', applications: null, lifetimeMs: null };
  const { secret: service } = await issueToken(store.tokens, order, Date.now());
  await store.close();
  const page = site.at('auth.localhost', '/.bouncer/tokens');
  const { browser } = await site.logIn('alice', page);
  const { body } = await browser.post(page, { name: 'tool', 'application-0': 'app', days: '7' });
  const personal = /bnc_p_[0-9A-Za-z]{49}/.exec(body)?.[0] ?? '';
  expect(personal).not.toBe('');
  const endPersonal = async (): Promise<void> => {
    const shown = await browser.get(page);
    await browser.post(page, { end: /name="end" value="([\w-]{43})"/.exec(shown.body)?.[1] ?? '' });
  };
  return { ...site, service, personal, endPersonal };
}
