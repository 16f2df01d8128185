// The log for a person at a terminal: one short line a request, the same facts as the JSON record.
import { shortNumber } from '../http/request-number.ts';
import type { EventFields, EventName } from './events.ts';
import type { RequestRecord } from './request-record.ts';

const colors = { red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 } as const;

/** How a line is written. */
export interface PrettyStyle {
  /** When it happened, an ISO 8601 text in UTC. */
  readonly time: string;
  /** With ANSI colours. */
  readonly isColored: boolean;
}

/** Render a request as one readable line, ending in a line feed. */
export function renderPrettyRequest(record: RequestRecord, { time, isColored }: PrettyStyle): string {
  const paint = isColored ? painted : unpainted;
  const color = record.status >= 500 ? 'red' : record.status >= 400 ? 'yellow' : 'green';
  const who = record.email ?? record.sub ?? 'nobody';
  const because = record.policy === null ? record.reason : `${record.reason}: ${record.policy}`;
  const where = visible(`${record.host ?? '?'}${record.path}`);
  const why = [record.cause, record.hint].filter((text) => text !== undefined).map(visible);
  const told = why.length === 0 ? '' : ` (${why.join('; ')})`;
  return (
    `${paint('grey', time.slice(11, 19))} ${paint('grey', shortNumber(record.requestId))} ${paint(color, String(record.status))} ${visible(record.method)} ${where} ` +
    `${paint('cyan', record.decision)} ${visible(because)} ${paint('grey', `${visible(who)} ${record.durationMs.toFixed(1)} ms`)}${told}\n`
  );
}

/** Render an event as one readable line, ending in a line feed. */
export function renderPrettyEvent(
  level: string,
  name: EventName,
  fields: EventFields,
  { time, isColored }: PrettyStyle,
): string {
  const paint = isColored ? painted : unpainted;
  const color = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'cyan';
  const { request_id: requestId, ...others } = fields;
  const number = typeof requestId === 'string' ? shortNumber(requestId) : '-'.repeat(8);
  const rest = Object.entries(others)
    .map(
      ([key, value]) => `${key}=${inQuotes(visible(Array.isArray(value) ? value.join(',') : String(value)))}`,
    )
    .join(' ');
  return `${paint('grey', time.slice(11, 19))} ${paint('grey', number)} ${paint(color, name)} ${rest}\n`;
}

/** What has blanks or quotes in it stands in quotes, so that one sees where it ends. */
function inQuotes(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

function painted(color: keyof typeof colors, text: string): string {
  return `\u001b[${colors[color]}m${text}\u001b[0m`;
}

function unpainted(_color: keyof typeof colors, text: string): string {
  return text;
}

/** Control characters (and so terminal escapes) made harmless, and long texts cut. */
function visible(text: string): string {
  const cut = text.length > 600 ? `${text.slice(0, 600)}…` : text;
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
