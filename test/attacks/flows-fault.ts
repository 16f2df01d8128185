// A step of the pipeline that throws, rejects or answers rubbish: nobody gets in by it. The steps are made to fail here, around
// the real gateway and the real forwarder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { createSnapshot } from '../../src/configuration/snapshot.ts';
import { createGateway, type GatewayParts } from '../../src/gateway/create-gateway.ts';
import { upstreamRequestTrailers } from '../../src/http/request-headers.ts';
import { clientResponseHeaders } from '../../src/http/response-headers.ts';
import { createRefusalRenderer } from '../../src/pages/render-refusal.ts';
import { createForwarder } from '../../src/upstream/create-forwarder.ts';
import { attackRules } from './attack-site.ts';
import type { Flow } from './flow.ts';
import { exchangeRaw, wireBytes } from './raw-exchange.ts';
import { startRecorder } from './recorder.ts';

const fail = (): never => {
  throw new Error('a fault of the test');
};

const session = {
  kind: 'person',
  id: 'session',
  logId: 'log',
  host: 'app.bouncer.test',
  identity: {
    sub: 'alice',
    email: 'alice@example.com',
    name: null,
    groups: ['staff'],
    claims: {},
    idp: 'test',
    amr: [],
    acr: null,
    authTimeMs: Date.now(),
    hardwareKey: null,
  },
  revision: 1,
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + 3_600_000,
  lastSeenMs: Date.now(),
  mustAskPerson: false,
};

/** Everything in order: what the faults are compared with. */
function soundParts(upstreamUrl: string): GatewayParts {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-fault-'));
  writeFileSync(join(folder, 'rules.yaml'), attackRules.replaceAll('UPSTREAM', upstreamUrl));
  const provider = {
    id: 'test',
    type: 'oidc',
    issuer: 'http://localhost:9',
    client_id: 'bouncer',
    claims: ['deep'],
  };
  const loaded = loadConfiguration({
    settings: { auth_url: 'https://auth.bouncer.test', rules: 'rules.yaml', identity_providers: [provider] },
    baseDir: folder,
    env: {},
  });
  rmSync(folder, { recursive: true, force: true });
  if (!loaded.ok) throw new Error('the rules of the attacks are not valid');
  const { settings, loaded: rules } = loaded.value;
  const snapshot = createSnapshot(settings, rules.rules);
  const telemetry = { request: () => {}, event: () => {} };
  const forwarder = createForwarder({
    telemetry,
    responseHeaders: (permit, raw) => clientResponseHeaders(raw, permit.responsePlan),
    requestTrailers: (permit, raw) => upstreamRequestTrailers(raw, permit.requestPlan),
    isSharedConnection: () => false,
    bodyBytes: 0,
  });
  forwarder.retain(rules.rules.applications);
  return {
    snapshot: () => snapshot,
    sessions: { identify: () => session, version: () => 1 },
    logins: {},
    assertions: { mint: () => 'an.asser.tion' },
    telemetry,
    own: { handle: fail },
    renderRefusal: createRefusalRenderer(() => settings),
    forwarder,
    now: Date.now,
  } as unknown as GatewayParts;
}

/** Sound at the start, where the parts are joined, and broken after it. */
function afterFirst(broken: () => never): () => number {
  let calls = 0;
  return () => (calls++ === 0 ? Date.now() : broken());
}

/** One step that fails; the rest is sound. */
function faultyParts(sound: GatewayParts): Readonly<Record<string, GatewayParts>> {
  const withSession = (identify: unknown): GatewayParts =>
    ({ ...sound, sessions: { ...sound.sessions, identify } }) as GatewayParts;
  const withMint = (mint: unknown): GatewayParts =>
    ({ ...sound, assertions: { ...sound.assertions, mint } }) as GatewayParts;
  const withRules = (rules: unknown): GatewayParts =>
    ({ ...sound, snapshot: () => ({ ...sound.snapshot(), rules }) }) as GatewayParts;
  const application = sound.snapshot().rules.applications[0];
  const selecting = (area: unknown): GatewayParts =>
    withRules({ applications: [], findApplication: () => ({ ...application, selectArea: () => area }) });
  return {
    'the snapshot throws': { ...sound, snapshot: fail },
    'the clock throws': { ...sound, now: afterFirst(fail) },
    'the clock says nothing': { ...sound, now: () => Number.NaN },
    'the sessions throw': withSession(fail),
    'the sessions reject': withSession(async () => fail()),
    'the sessions answer rubbish': withSession(() => ({})),
    'the sessions answer a number': withSession(() => 7),
    'the rules throw': withRules({ applications: [], findApplication: fail }),
    'the area is rubbish': selecting({}),
    'the decision throws': selecting({ decide: fail }),
    'the decision is rubbish': selecting({ decide: () => ({ outcome: 'ALLOW' }) }),
    'the decision is nothing': selecting({ decide: () => undefined }),
    'the decision waits': selecting({ decide: () => new Promise(() => {}) }),
    'the decision is made elsewhere': selecting({
      decide: () => ({
        outcome: 'allow',
        reason: 'policy-allowed',
        policy: 'x',
        isBypass: false,
        missing: [],
        reports: [],
      }),
    }),
    'the keys throw': withMint(fail),
    'the keys answer nothing': withMint(() => undefined),
    'the keys answer an empty text': withMint(() => ''),
  };
}

async function ask(parts: GatewayParts): Promise<number | undefined> {
  const gateway = createGateway({ ...parts });
  const server = createServer(gateway.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { responses } = await exchangeRaw(
    (server.address() as AddressInfo).port,
    wireBytes('GET /private HTTP/1.1\r\nHost: app.bouncer.test\r\n\r\n'),
    { patienceMs: 3000 },
  );
  gateway.close();
  server.close();
  server.closeAllConnections();
  return responses[0]?.status;
}

const everyStep: Flow = async () => {
  const upstream = await startRecorder();
  const sound = soundParts(upstream.url);
  const problems: string[] = [];
  if ((await ask(sound)) !== 200) problems.push('without a fault nobody is let in either');
  const before = upstream.bytes();
  for (const [fault, parts] of Object.entries(faultyParts(sound))) {
    const status = await ask(parts).catch(() => undefined);
    if (status === undefined || status < 400) problems.push(`${fault}: ${status}`);
  }
  if (upstream.bytes() !== before) problems.push(`the upstream saw ${upstream.bytes() - before} bytes`);
  if ((await ask(sound)) !== 200) problems.push('after the faults nobody is let in any more');
  await sound.forwarder.close();
  await upstream.close();
  return problems;
};

export const faultFlows: Readonly<Record<string, Flow>> = { 'REL-001': everyStep };
