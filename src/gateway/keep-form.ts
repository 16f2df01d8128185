// A form that meets an ended session: whether it may be kept, and its body read to the end within a bound. It stores nothing.
import { IncomingMessage } from 'node:http';
import { isFormOfOwnPage } from '../http/client-kind.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import type { FormHead, KeptForm } from '../identity/forms/kept-forms.ts';

/** What browsers send forms as (HTML, form submission attributes). */
const formTypes: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);

/** Bodies that are read to be kept at a time: what a process holds for people who are not logged in. */
const mostAtOnce = 32;

/** A form that may be kept, before anything of its body was read. */
export interface ArrivingForm extends Omit<FormHead, 'application' | 'contentLength'> {
  /** As the browser said; `null`: it did not. */
  readonly announcedBytes: number | null;
}

/**
 * The form in a request, where a page of this very origin sent it in a window of its own.
 *
 * @param origin the host's, from the settings
 * @returns `null`: it is none, or nothing proves where it came from
 */
export function formOf(request: GatedRequest, origin: string): ArrivingForm | null {
  if (request.upgrade !== null || !isFormOfOwnPage(request, origin)) return null;
  const contentType = fieldOf(request, 'content-type');
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  if (contentType === null || type === undefined || !formTypes.has(type)) return null;
  if (fieldOf(request, 'content-encoding') !== null) return null;
  const length = fieldOf(request, 'content-length');
  const referer = fieldOf(request, 'referer');
  return {
    target: request.target.path + request.target.query,
    contentType,
    announcedBytes: length === null ? null : Number(length),
    referer: referer?.startsWith(`${origin}/`) === true ? referer : null,
  };
}

function fieldOf({ rawHeaders }: GatedRequest, name: string): string | null {
  const at = rawHeaders.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === name);
  return at === -1 ? null : (rawHeaders[at + 1] ?? null);
}

/**
 * Reads bodies for a while longer than a decision takes; each login has one at a time, the latest: of a button that is pressed twice the
 * browser shows the second answer, and has let go of the first.
 */
export class BodyReader {
  /** By login, what gives its reading up. */
  readonly #logins = new Map<string, () => void>();

  /**
   * @returns the body; `too-large`: more than so many bytes, and the rest is unread; `gone`: the client left, or sent another one of this
   *   login; `busy`: too many are being read
   */
  async read(
    req: IncomingMessage,
    loginId: string,
    limitBytes: number,
  ): Promise<Buffer | 'too-large' | 'gone' | 'busy'> {
    const earlier = this.#logins.get(loginId);
    if (earlier === undefined && this.#logins.size >= mostAtOnce) return 'busy';
    earlier?.();
    const reading = readBody(req, limitBytes);
    this.#logins.set(loginId, reading.giveUp);
    try {
      return await reading.body;
    } finally {
      if (this.#logins.get(loginId) === reading.giveUp) this.#logins.delete(loginId);
    }
  }
}

function readBody(
  req: IncomingMessage,
  limitBytes: number,
): { readonly body: Promise<Buffer | 'too-large' | 'gone'>; readonly giveUp: () => void } {
  let giveUp = (): void => {};
  const body = new Promise<Buffer | 'too-large' | 'gone'>((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = (outcome: Buffer | 'too-large' | 'gone'): void => {
      req.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      resolve(outcome);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= limitBytes) return;
      req.pause();
      done('too-large');
    };
    const onEnd = (): void => done(Buffer.concat(chunks, bytes));
    const onClose = (): void => done('gone');
    giveUp = () => {
      req.pause();
      done('gone');
    };
    req.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
  return { body, giveUp };
}

/** Fields of the click that say nothing of the form which it sends. */
const ofTheClick: ReadonlySet<string> = new Set([
  ...['content-length', 'content-type', 'transfer-encoding', 'content-encoding', 'expect', 'referer'],
]);

/** The head of a kept form as its browser would send it now: with today's cookies, and with what it was. */
export function headOfKept(click: RawRequestHead, form: KeptForm): RawRequestHead {
  const rawHeaders: string[] = [];
  for (let i = 0; i < click.rawHeaders.length; i += 2) {
    const name = click.rawHeaders[i] ?? '';
    if (!ofTheClick.has(name.toLowerCase())) rawHeaders.push(name, click.rawHeaders[i + 1] ?? '');
  }
  if (form.referer !== null) rawHeaders.push('Referer', form.referer);
  rawHeaders.push('Content-Type', form.contentType, 'Content-Length', String(form.contentLength));
  return { method: 'POST', url: form.target, httpVersion: '1.1', rawHeaders };
}

/** A message with this body in place of the one that came on the connection. */
export function messageWith(req: IncomingMessage, body: Uint8Array): IncomingMessage {
  const message = new IncomingMessage(req.socket);
  const { httpVersion, httpVersionMajor, httpVersionMinor } = req;
  Object.assign(message, { httpVersion, httpVersionMajor, httpVersionMinor, method: 'POST', complete: true });
  if (body.length > 0) message.push(body);
  message.push(null);
  return message;
}
