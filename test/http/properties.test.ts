// The fuzz targets of this folder, a few runs each from the seeds in the repository. `npm run fuzz` runs them for longer.
import { describe, expect, it } from 'vitest';
import { httpClientAddress } from '../fuzz/http-client-address.ts';
import { httpCookie } from '../fuzz/http-cookie.ts';
import { httpGate } from '../fuzz/http-gate.ts';
import { httpHost } from '../fuzz/http-host.ts';
import { httpPath } from '../fuzz/http-path.ts';
import { httpRequestHeaders } from '../fuzz/http-request-headers.ts';
import { httpResponseHeaders } from '../fuzz/http-response-headers.ts';
import { httpReturnAddress } from '../fuzz/http-return-address.ts';
import seeds from '../fuzz/seeds.json' with { type: 'json' };

const targets = [
  ...[httpGate, httpPath, httpHost, httpRequestHeaders, httpResponseHeaders, httpCookie, httpReturnAddress],
  httpClientAddress,
];

describe('properties that hold for every input', () => {
  for (const target of targets) {
    it(target.name, () => {
      const kept: readonly number[] = (seeds as Record<string, readonly number[]>)[target.name] ?? [];
      expect(kept.length).toBeGreaterThan(0);
      for (const seed of kept) expect(target.run({ runs: 500 }, seed).failure).toBeNull();
    });
  }
});
