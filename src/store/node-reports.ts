// What a process says of itself, as the text that both stores keep. Another version may have written it: what is not understood is left
// out.
import { isRecord } from '../source/is-record.ts';
import type { NodeReport, SeenNode, TunnelSessionReport } from './node-store.ts';

/** The longest reason that is kept. */
const maxFailureLength = 2000;

export function writeNodeReport(report: NodeReport): string {
  const { rulesFailure } = report;
  return JSON.stringify({ ...report, rulesFailure: rulesFailure?.slice(0, maxFailureLength) ?? null });
}

/** @returns a list of one, or an empty one for what this version cannot read */
export function checkNodeReport(text: string, seenAtMs: number): readonly SeenNode[] {
  try {
    const value: Readonly<Record<string, unknown>> = JSON.parse(text);
    const { id, name, version, rulesHash, rulesFailure = null, startedAtMs } = value;
    if (typeof id !== 'string' || typeof name !== 'string' || typeof version !== 'string') return [];
    if (typeof rulesHash !== 'string' || typeof startedAtMs !== 'number') return [];
    if (rulesFailure !== null && typeof rulesFailure !== 'string') return [];
    const { tunnelSessions, authUrl } = value;
    const report = {
      ...{ id, name, version, rulesHash, rulesFailure, startedAtMs, seenAtMs },
      ...(typeof authUrl === 'string' ? { authUrl } : {}),
    };
    if (!Array.isArray(tunnelSessions)) return [report];
    return [{ ...report, tunnelSessions: tunnelSessions.filter(isSession) }];
  } catch {
    return [];
  }
}

function isSession(value: unknown): value is TunnelSessionReport {
  if (!isRecord(value)) return false;
  const hasTexts = (['tunnel', 'connector', 'address', 'version'] as const).every(
    (name) => typeof value[name] === 'string',
  );
  const hasNumbers = (['forSeconds', 'opened', 'open'] as const).every(
    (name) => typeof value[name] === 'number',
  );
  const { services, roundTripMs, isUsable } = value;
  return (
    hasTexts &&
    hasNumbers &&
    typeof isUsable === 'boolean' &&
    (roundTripMs === null || typeof roundTripMs === 'number') &&
    Array.isArray(services) &&
    services.every((service) => typeof service === 'string')
  );
}

export function inOrderOfNames(nodes: readonly SeenNode[]): readonly SeenNode[] {
  return [...nodes].sort((a, b) =>
    a.name === b.name ? a.startedAtMs - b.startedAtMs : a.name < b.name ? -1 : 1,
  );
}
