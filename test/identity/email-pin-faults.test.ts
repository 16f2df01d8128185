// What becomes of a code whose letter cannot be made or posted: the log tells whose fault it is, and no code is left to guess.
import { describe, expect, it } from 'vitest';
import { BouncerError } from '../../src/bouncer-error.ts';
import { createEmailPinProvider } from '../../src/identity/email-pin/email-pin-provider.ts';
import type { CodeAsk, CodeMeans } from '../../src/identity/identity-provider.ts';
import { createSealer } from '../../src/identity/sealer.ts';
import type { Mailer } from '../../src/mail/mailer.ts';

interface Told {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const mailer: Mailer = {
  post: () => {
    throw new TypeError('no letter can be made of it');
  },
  probe() {},
  isDelayed: () => false,
  isUnreachable: () => false,
  close: async () => {},
};

const ask: CodeAsk = {
  ...{
    askId: 'ask',
    otherAskIds: [],
    email: 'mom@family.example',
    knownBrowser: null,
    applicationName: null,
  },
  ...{ ip: '192.0.2.1', userAgent: undefined, language: 'en' },
  fields: { request_id: '1234', host: 'auth.example.com', ip: '192.0.2.1', user_agent: null },
};

/** What is told once a code was asked for, and the codes that are out then. */
async function askOnce(
  changed: Partial<CodeMeans>,
): Promise<{ readonly told: readonly Told[]; readonly codes: readonly string[] }> {
  const told: Told[] = [];
  const codes = new Map<string, string>();
  const means: CodeMeans = {
    once: {
      mark: () => true,
      has: () => false,
      put: (key, value) => void codes.set(key, value),
      look: (key) => codes.get(key) ?? null,
      take: (key) => {
        const value = codes.get(key) ?? null;
        codes.delete(key);
        return value;
      },
      spend: () => true,
      removeExpired: () => 0,
    },
    persons: { isBlocked: async () => false },
    sealer: createSealer(new Uint8Array(32)),
    settings: {
      authUrl: 'https://auth.example.com',
      branding: { name: 'bouncer', logo: null, color: null },
      showsMail: true,
    },
    namesAddress: () => true,
    telemetry: {
      event: (event: string, fields: Told['fields']) => void told.push({ event, fields }),
    } as CodeMeans['telemetry'],
    ...changed,
  };
  const provider = createEmailPinProvider(
    { id: 'email', type: 'email_pin', label: 'Code', emailDomains: null, othersEmailDomains: [] },
    mailer,
  );
  provider.send(ask, means, Date.now());
  await expect.poll(() => told.map(({ event }) => event)).toContain('code_not_sent');
  await new Promise(setImmediate);
  return { told, codes: [...codes.values()] };
}

describe('a code that cannot be sent', () => {
  it('for a fault of bouncer’s is told as that, with its place, and is dropped', async () => {
    const { told, codes } = await askOnce({});
    expect(told).toMatchObject([
      {
        event: 'internal_error',
        fields: {
          action: 'send-code',
          request_id: '1234',
          message: expect.stringContaining('email-pin-faults'),
        },
      },
      { event: 'code_not_sent', fields: { reason: 'fault', cause: 'no letter can be made of it' } },
    ]);
    expect(codes).toEqual([]);
  });

  it('for a fault in the rules is told likewise, and ends no process', async () => {
    const namesAddress = (): boolean => {
      throw new RangeError('nothing to compare');
    };
    const { told } = await askOnce({ namesAddress });
    expect(told.map(({ event }) => event)).toEqual(['internal_error', 'code_not_sent']);
  });

  it('for a store that does not answer is the store’s', async () => {
    const isBlocked = (): never => {
      throw new BouncerError('store_unavailable', 'it is gone');
    };
    const { told } = await askOnce({ persons: { isBlocked } });
    expect(told).toMatchObject([
      { event: 'code_not_sent', fields: { reason: 'store', cause: 'it is gone' } },
    ]);
  });
});
