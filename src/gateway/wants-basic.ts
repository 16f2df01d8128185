// Which programs are asked for a name and a password (RFC 7617) in place of a bearer token. It only chooses the form of an answer.
import { isGitClient, isProgram } from '../http/client-kind.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import type { Application } from '../rules/model/compiled-rules.ts';

/**
 * Git, which is known by what it says; and every program where the application says `clients: basic`. Never a browser: it would ask the
 * person.
 */
export function wantsBasic(request: GatedRequest, application: Application | null): boolean {
  return isGitClient(request) || (application?.takesPersonal === true && isProgram(request));
}
