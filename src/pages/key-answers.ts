// A step with a hardware key or a passkey as an answer.
import type { KeyStep } from '../identity/login/key-step.ts';
import type { Answer } from './answer.ts';
import { renderEnrolKey, renderKeyRemoved, renderKeys, renderUseKey } from './key-pages.ts';
import type { PageContext } from './page-context.ts';
import { keyPageHeaders } from './page-headers.ts';
import {
  renderEnrolPasskey,
  renderPasskeyAdded,
  renderPasskeyRemoved,
  renderPasskeys,
  renderUsePasskey,
} from './passkey-pages.ts';

/** What the step looks like on the wire. */
export function answerKeyStep(step: KeyStep, context: PageContext): Answer {
  // A page that asks a key: the one kind that needs a script, and admits this one alone.
  const asking = (body: string): Answer => ({
    ...plain(body, step),
    headers: keyPageHeaders(context.settings),
  });
  switch (step.kind) {
    case 'use-key':
      return asking(renderUseKey(step, context));
    case 'enrol-key':
      return asking(renderEnrolKey(step, context));
    case 'use-passkey':
      return asking(renderUsePasskey(step, context));
    case 'enrol-passkey':
      return asking(renderEnrolPasskey(step, context));
    case 'passkey-added':
      return plain(renderPasskeyAdded(step, context), step);
    case 'keys':
      return plain(renderKeys(step, context), step);
    case 'passkeys':
      return plain(renderPasskeys(step, context), step);
    case 'key-removed':
      return plain(renderKeyRemoved(context), step);
    case 'passkey-removed':
      return plain(renderPasskeyRemoved(context), step);
    default:
      return step satisfies never;
  }
}

function plain(body: string, { setCookies }: KeyStep): Extract<Answer, { kind: 'page' }> {
  return { kind: 'page', status: 200, body, setCookies };
}
