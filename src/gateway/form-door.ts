// What becomes of a form that meets an ended session: kept where its browser and its page prove enough, and found again by the click that
// sends it. It decides nothing about the application.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFormOfOwnPage } from '../http/client-kind.ts';
import type { GatedRequest, RawRequestHead } from '../http/gated-request.ts';
import { originOf } from '../http/origin-of.ts';
import { askForBody } from '../http/queued-response.ts';
import { formPath, isFormOf, type KeptForm, type KeptForms } from '../identity/forms/kept-forms.ts';
import { logIdOf } from '../identity/opaque-token.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import type { Asked } from './answer-request.ts';
import type { OnPermit } from './forwarder.ts';
import type { ArrivingForm, BodyReader } from './keep-form.ts';
import { type StepDeadlines, settleWithin } from './step-deadline.ts';

/** The connection on which a form was asked for, and the head of what asked. */
export interface Click {
  readonly head: RawRequestHead;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export interface FormDoor {
  readonly kept: KeptForms;
  readonly bodies: BodyReader;
  /** Sends it in place of the click, if the rules let it in now. Answers in any case; never throws. */
  send(form: KeptForm, click: Click, onPermit: OnPermit): void;
}

interface Parts {
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly deadlines: StepDeadlines;
}

/**
 * Keep a form for the person whose session its browser's token was. Reads its body only for one who is known.
 *
 * @returns how the browser has it; `too-large`: its body is unread; `not-kept`: nothing is known of a session, or there is no room
 * @throws BouncerError `store_unavailable`
 */
export async function keepForm(
  door: FormDoor,
  parts: Parts,
  asked: Asked,
  { request, form }: { readonly request: GatedRequest; readonly form: ArrivingForm },
): Promise<{ readonly setCookie: string } | 'too-large' | 'not-kept'> {
  const application = asked.received?.application ?? null;
  const limitBytes = asked.snapshot.settings.limits.preservedBodyBytes;
  const inTime = <T>(found: Promise<T>): Promise<T> =>
    settleWithin(found, parts.deadlines.identifyMs, 'keeping a form');
  const former = await inTime(door.kept.findFormer(request.cookie, request.host));
  if (former === null || application === null) return 'not-kept';
  if (form.announcedBytes !== null && form.announcedBytes > limitBytes) return 'too-large';
  if (request.expectsContinue) askForBody(asked.res);
  const body = await door.bodies.read(asked.req, former.loginId, limitBytes);
  if (body === 'too-large') return 'too-large';
  if (body === 'gone' || body === 'busy') return 'not-kept';
  const { target, contentType, referer } = form;
  const head = { application: application.name, target, contentType, contentLength: body.length, referer };
  const setCookie = await inTime(door.kept.keep(former, { head, body }, asked.nowMs));
  parts.telemetry.event('form_kept', {
    request_id: asked.requestId,
    host: request.host,
    application: application.name,
    bytes: body.length,
    sub: former.sub,
    session: logIdOf(former.loginId),
    is_kept: setCookie !== null,
  });
  return setCookie === null ? 'not-kept' : { setCookie };
}

/** Whether a request asks for a kept form to be sent. */
export function isSendingForm({ method, target }: GatedRequest): boolean {
  return method === 'POST' && target.path === formPath;
}

/**
 * The form that a click is to send.
 *
 * @returns `foreign`: no page of this host asks; `null`: there is none that this person may send to this application
 * @throws BouncerError `store_unavailable`
 */
export async function findSendable(
  { kept }: FormDoor,
  { deadlines }: Parts,
  { snapshot, received, principal, nowMs }: Asked,
  request: GatedRequest,
): Promise<KeptForm | 'foreign' | null> {
  if (!isFormOfOwnPage(request, originOf(snapshot.settings, request.host))) return 'foreign';
  if (principal.kind !== 'person' || principal.program !== null) return null;
  const found = await settleWithin(
    kept.find(request.cookie, request.host, nowMs),
    deadlines.identifyMs,
    'finding a form',
  );
  const isTheirs = found !== null && isFormOf(found, principal.identity);
  return isTheirs && found.application === received?.application?.name ? found : null;
}
