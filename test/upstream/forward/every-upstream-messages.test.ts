// One table of requests and answers over every kind of upstream: what the application hears and what the client gets do not depend on
// how the application is reached.
import { afterAll, expect, test } from 'vitest';
import { cleanUp } from '../../front/front-fixture.ts';
import { type Answer, messageCases } from './message-cases.ts';
import { clientKinds, flat, pairsOf } from './message-clients.ts';
import {
  gatewayToKind,
  type KindListener,
  summary,
  summaryOf,
  upstreamKinds,
  withCertificates,
} from './upstream-kinds.ts';

/** Answer as told, through what each protocol has for it. */
function give(
  res: Parameters<KindListener>[1],
  { status, fields, hints, pieces: body, trailers }: Answer,
): void {
  const { stream } = res;
  for (const hint of hints ?? []) {
    if (stream === undefined) res.writeInformation(103, flat(hint));
    else stream.additionalHeaders({ ':status': 103, ...Object.fromEntries(hint) });
  }
  if (stream === undefined) {
    if (trailers !== undefined) {
      res.writeHead(status, flat(fields));
      res.addTrailers(trailers as never);
    } else {
      res.writeHead(status, flat(fields));
    }
    for (const piece of body ?? []) res.write(piece);
    res.end();
    return;
  }
  const withoutTrailer = flat((fields ?? []).filter(([name]) => name !== 'trailer'));
  const endStream = body === undefined && trailers === undefined;
  stream.respond([':status', String(status), ...withoutTrailer] as never, {
    endStream,
    waitForTrailers: trailers !== undefined,
  });
  if (endStream) return;
  if (trailers !== undefined) res.addTrailers(Object.fromEntries(trailers));
  for (const piece of body ?? []) stream.write(piece);
  stream.end();
}

interface Heard {
  readonly line: string;
  readonly host: string | undefined;
  readonly fields: [string, string][];
  readonly body: string;
  readonly trailers: [string, string][];
}

withCertificates();
afterAll(cleanUp);

const pairs = upstreamKinds.flatMap((kind) => clientKinds.map((client) => ({ kind, client })));

test.each(pairs)(
  'every request from $client.name to $kind.name arrives, and every answer comes back, as it was sent',
  async ({ kind, client }) => {
    let wanted: Answer = { status: 200 };
    const heard: Heard[] = [];
    const { port, gateway } = await gatewayToKind(kind, (req, res) => {
      void summaryOf(req).then((body) => {
        heard.push({
          line: `${req.method} ${req.url}`,
          host: req.headers.host ?? (req.headers[':authority'] as string | undefined),
          fields: pairsOf(req.rawHeaders),
          body,
          trailers: pairsOf(req.rawTrailers),
        });
        give(res, wanted);
      });
    });
    const ask = await client.connect(gateway, port);
    let nth = 0;
    for (const { name, ask: asked, answer } of messageCases) {
      wanted = answer;
      const got = await ask(asked);
      const { method, path = '/', pieces: sent = [], fields = [], trailers = [] } = asked;
      const arrived = heard.pop();
      expect(arrived, name).toMatchObject({
        line: `${method} ${path}`,
        host: 'app.test',
        body: summary(sent),
        trailers,
      });
      const lengthless = arrived?.fields.filter(([field]) => field !== 'content-length');
      expect(lengthless, name).toEqual(fields.filter(([field]) => field !== 'trailer'));
      expect(
        { ...got, fields: got.fields.filter(([field, value]) => !isOwnLength(answer, field, value)) },
        name,
      ).toEqual({
        status: answer.status,
        hints: answer.hints ?? [],
        fields: (answer.fields ?? []).filter(([field]) => field !== 'trailer'),
        body: summary(answer.pieces ?? []),
        trailers: answer.trailers ?? [],
      });
      expect(await gateway.outcome(++nth), name).toMatchObject({ kind: 'end', cut: null });
    }
  },
);

/** A length that was not given out and is right: each side may frame as it likes. */
function isOwnLength({ fields = [], pieces: body = [] }: Answer, field: string, value: string): boolean {
  if (field !== 'content-length' || fields.some(([name]) => name === field)) return false;
  return Number(value) === body.reduce((sum, piece) => sum + piece.length, 0);
}
