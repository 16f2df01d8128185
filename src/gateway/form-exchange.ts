// A kept form on its way after a click: judged from its head on as if it came now, and sent once, when it is let in.
import type { BouncerError } from '../bouncer-error.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { formPath, type KeptForm, type KeptForms, type TakenForm } from '../identity/forms/kept-forms.ts';
import { loginUrl } from '../identity/login/login-needs.ts';
import { logIdOf } from '../identity/opaque-token.ts';
import type { Decision } from '../rules/model/decision.ts';
import { Exchange } from './exchange.ts';
import type { Click } from './form-door.ts';
import type { OnPermit } from './forwarder.ts';
import { headOfKept } from './keep-form.ts';
import type { ExchangeParts } from './open-request.ts';

/** Failures before which the application saw nothing. */
const unsent: ReadonlySet<string> = new Set(['upstream_unreachable', 'upstream_busy']);

export class FormExchange extends Exchange {
  readonly #form: KeptForm;
  readonly #kept: KeptForms;
  #taken: TakenForm | null = null;

  constructor(parts: ExchangeParts, kept: KeptForms, form: KeptForm, { head, req, res }: Click) {
    super(parts, headOfKept(head, form), req, res);
    this.#form = form;
    this.#kept = kept;
  }

  /** Never throws. */
  send(onPermit: OnPermit): void {
    this.run((permit) => {
      this.#take().then(
        (taken) => {
          if (taken === null)
            this.redirect(permit.request, formPath, { kind: 'own', reason: 'own-endpoint' });
          else onPermit(permit, this, taken.body);
        },
        (error: unknown) => this.fail(error),
      );
    });
  }

  async #take(): Promise<TakenForm | null> {
    const form = this.#form;
    this.#taken = await this.#kept.take(form, this.nowMs);
    if (this.#taken !== null)
      this.parts.telemetry.event('form_sent', {
        request_id: this.requestId,
        host: form.host,
        application: form.application,
        bytes: form.contentLength,
        sub: form.sub,
        session: logIdOf(form.loginId),
      });
    return this.#taken;
  }

  /** What is missing is asked for, and the form waits. */
  protected override challenge(request: GatedRequest, decision: Decision): void {
    const as = { kind: decision.outcome, reason: decision.reason };
    this.redirect(request, loginUrl(formPath, decision.missing), as);
  }

  override onFailure(error: BouncerError, upstreamMs: number | null): void {
    const taken = this.#taken;
    if (taken === null || !unsent.has(error.code)) {
      super.onFailure(error, upstreamMs);
      return;
    }
    void taken.putBack(this.parts.now()).then(() => this.fail(error, upstreamMs, { retryPath: formPath }));
  }
}
