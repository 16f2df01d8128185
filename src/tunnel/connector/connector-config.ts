// `connector.yaml`: what a connector leads to, and where its files are. Reads the file and the certificates that it names alone.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { isTunnelName, tunnelNameHint } from '../../http/tunnel-address.ts';
import { parseListen } from '../../settings/parse-listen.ts';
import { readSourceFile } from '../../settings/read-source-file.ts';
import { checkSchema } from '../../source/check-schema.ts';
import { parseDuration } from '../../source/parse-duration.ts';
import type { Parsed, Problem } from '../../source/problem.ts';
import { problemAt, type SourcePath } from '../../source/problem-at.ts';
import { parseYaml } from '../../source/yaml-document.ts';
import { mostServices } from '../wire/control-messages.ts';
import { parseServiceAddress, type ServiceEntry, usualConnectTimeoutMs } from './service-list.ts';

const duration = z.string().refine((text) => parseDuration(text) !== null, {
  message: 'is not a duration',
  params: { hint: 'for example `5s`' },
});

/** As in rules: nobody waits for ever. */
const timeout = duration.refine((text) => parseDuration(text) !== 0, {
  message: 'is no time at all',
  params: { hint: 'for example `5s`' },
});

const service = z.union([
  z.string(),
  z.strictObject({
    upstream: z.string(),
    ca_file: z.string().min(1).optional(),
    client_cert_file: z.string().min(1).optional(),
    client_key_file: z.string().min(1).optional(),
    server_name: z.string().min(1).optional(),
    connect_timeout: timeout.optional(),
  }),
]);

const schema = z.strictObject({
  token_file: z.string().min(1).optional(),
  key_file: z.string().min(1).optional(),
  management: z
    .string()
    .refine((text) => parseListen(text) !== null, {
      message: 'is not an address to listen on',
      params: { hint: 'for example `127.0.0.1:9465`' },
    })
    .optional(),
  grace: duration.optional(),
  services: z.record(z.string(), service).refine((value) => Object.keys(value).length <= mostServices, {
    message: `has more than ${mostServices} services`,
  }),
});

export interface ConnectorConfig {
  /** Absolute. */
  readonly tokenFile: string | null;
  readonly keyFile: string | null;
  readonly management: string | null;
  readonly graceMs: number | null;
  readonly services: readonly ServiceEntry[];
}

/** @returns every problem with its place; never throws */
export function readConnectorConfig(file: string): Parsed<ConnectorConfig> {
  const bytes = readSourceFile(file);
  if (!bytes.ok) return bytes;
  const document = parseYaml(file, bytes.value);
  if (!document.ok) return document;
  const checked = checkSchema(schema, document.value);
  if (!checked.ok) return checked;
  const base = dirname(resolve(file));
  const problems: Problem[] = [];
  const add = (path: SourcePath, reason: string, hint: string | null): void =>
    void problems.push(
      problemAt(document.value, path, { code: 'bad-service', reason, ...(hint === null ? {} : { hint }) }),
    );
  const services = Object.entries(checked.value.services).flatMap(([name, entry]) =>
    toEntry(name, typeof entry === 'string' ? { upstream: entry } : entry, base, add),
  );
  if (problems.length > 0) return { ok: false, problems };
  const { token_file: tokenFile, key_file: keyFile, management, grace } = checked.value;
  return {
    ok: true,
    value: {
      tokenFile: tokenFile === undefined ? null : resolve(base, tokenFile),
      keyFile: keyFile === undefined ? null : resolve(base, keyFile),
      management: management ?? null,
      graceMs: grace === undefined ? null : parseDuration(grace),
      services,
    },
    warnings: [],
  };
}

type Complain = (path: SourcePath, reason: string, hint: string | null) => void;

function toEntry(
  name: string,
  entry: Exclude<z.output<typeof service>, string>,
  base: string,
  add: Complain,
): readonly ServiceEntry[] {
  const at = ['services', name] as const;
  if (!isTunnelName(name)) {
    add(at, `\`${name}\` cannot be the name of a service`, tunnelNameHint);
    return [];
  }
  const address = parseServiceAddress(entry.upstream, base);
  if ('fault' in address) {
    add(at, address.fault, address.hint);
    return [];
  }
  if ((entry.client_cert_file === undefined) !== (entry.client_key_file === undefined))
    add(at, '`client_cert_file` and `client_key_file` belong together', null);
  const read = (key: 'ca_file' | 'client_cert_file' | 'client_key_file'): Buffer | null => {
    const path = entry[key];
    if (path === undefined) return null;
    try {
      return readFileSync(resolve(base, path));
    } catch {
      add([...at, key], `\`${path}\` cannot be read`, 'does it exist, and may this account read it?');
      return null;
    }
  };
  const tls = { ca: read('ca_file'), cert: read('client_cert_file'), key: read('client_key_file') };
  const connectTimeoutMs =
    entry.connect_timeout === undefined
      ? usualConnectTimeoutMs
      : (parseDuration(entry.connect_timeout) ?? usualConnectTimeoutMs);
  return [{ name, address, tls, serverName: entry.server_name ?? null, connectTimeoutMs }];
}
