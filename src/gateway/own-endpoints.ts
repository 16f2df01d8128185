// The port through which the gateway hands over requests for bouncer's own pages, already gated and identified.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatedRequest } from '../http/gated-request.ts';
import type { Visit } from '../identity/login/login-step.ts';
import type { CompiledRules } from '../rules/model/compiled-rules.ts';
import type { Facts } from '../rules/model/facts.ts';
import type { Settings } from '../settings/settings.ts';

export interface OwnContext {
  readonly visit: Visit;
  readonly request: GatedRequest;
  readonly settings: Settings;
  readonly rules: CompiledRules;
  readonly isAuthHost: boolean;
  readonly facts: Facts;
}

export interface OwnEndpoints {
  handle(req: IncomingMessage, res: ServerResponse, context: OwnContext): void;
}
