// One request up to the permission to reach its application, as a table of steps in their order: receive, identify, judge, answer, admit.
// They learn facts and never take one back; whatever goes wrong in any of them is a refusal.
import { BouncerError, isStoreGone } from '../bouncer-error.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { originOf } from '../http/origin-of.ts';
import { formPath } from '../identity/forms/kept-forms.ts';
import { presentsToken } from '../identity/identify.ts';
import { loginUrl } from '../identity/login/login-needs.ts';
import { nobody, type Principal } from '../identity/principal.ts';
import type { Session } from '../identity/sessions/session.ts';
import { idleLimitOf } from '../identity/sessions/session-limits.ts';
import type { Rejection } from '../identity/tokens/service-token.ts';
import type { Decision } from '../rules/model/decision.ts';
import type { GrantFact } from '../rules/model/facts.ts';
import { isPromise, type MaybePromise } from '../store/maybe-promise.ts';
import { authorize } from './authorize.ts';
import { challengeFor, rejectionDetails } from './challenge.ts';
import { type FormDoor, findSendable, isSendingForm, keepForm } from './form-door.ts';
import type { OnPermit } from './forwarder.ts';
import { identifySender } from './identify-sender.ts';
import { judge, needsStore, refusalOf, type Verdict } from './judge.ts';
import { type ArrivingForm, formOf } from './keep-form.ts';
import { OpenRequest } from './open-request.ts';
import { endOfPrincipal } from './principal-end.ts';
import { type Received, receiveRequest } from './receive-request.ts';
import type { RefusalDetails } from './refusal.ts';
import { settleWithin } from './step-deadline.ts';

type Allowed = Extract<Verdict, { kind: 'allow' }>;

export class Exchange extends OpenRequest {
  /** The sender was not at hand: rules and sessions may have changed since they were asked for. */
  #isFoundLate = false;

  /** Run the steps up to the permission; every other end answers the client itself. Never throws. */
  run(onPermit: OnPermit): void {
    try {
      const received = this.receive();
      this.received = received;
      if (received.request === null || received.refusal !== null)
        this.refuse(received.refusal ?? 'decision-error', 'refused');
      else this.#identify(received, received.request, onPermit);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Gate, client address and route. */
  protected receive(): Received {
    const peer = this.req.socket.remoteAddress ?? null;
    return receiveRequest(this.head, { peer, door: 'front' }, this.snapshot, this.parts.live);
  }

  #identify(received: Received, request: GatedRequest, onPermit: OnPermit): void {
    let found: MaybePromise<Principal | Rejection>;
    try {
      found = identifySender(this.parts, this, received, request);
    } catch (error) {
      this.#goWithoutStore(received, error, onPermit);
      return;
    }
    if (!isPromise(found)) {
      this.#judge(received, found, onPermit);
      return;
    }
    this.#isFoundLate = true;
    settleWithin(found, this.parts.deadlines.identifyMs, 'finding out who asks').then(
      (principal) => this.#judge(received, principal, onPermit),
      (error: unknown) => this.#goWithoutStore(received, error, onPermit),
    );
  }

  /** Who is asking cannot be found out: only what is open to everybody goes on, and no token that nobody has judged. */
  #goWithoutStore(received: Received, error: unknown, onPermit: OnPermit): void {
    try {
      if (!isStoreGone(error) || received.request === null || presentsToken(received.request)) throw error;
      const verdict = judge(this.snapshot, received, nobody, this.nowMs);
      if (verdict.kind !== 'allow' || !verdict.decision.isBypass) throw error;
      this.decision = verdict.decision;
      this.#answer(verdict, onPermit);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #judge(received: Received, principal: Principal | Rejection, onPermit: OnPermit): void {
    try {
      if (principal.kind === 'rejected') {
        this.refuse(
          principal.reason,
          'refused',
          rejectionDetails(principal, received.request, this.snapshot),
        );
        return;
      }
      this.principal = principal;
      if (principal.kind === 'person' && this.snapshot.rules.asksAbout.has('granted'))
        this.#askForGrants(received, principal, onPermit);
      else this.#decide(received, principal, onPermit);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Only where some policy looks at grants. */
  #askForGrants(received: Received, person: Session, onPermit: OnPermit): void {
    const goOn = (grants: readonly GrantFact[]): void => {
      const known = { ...received, grants };
      this.received = known;
      this.#decide(known, person, onPermit);
    };
    const found = this.parts.grants.of(person.identity);
    if (!isPromise(found)) {
      goOn(found);
      return;
    }
    this.#isFoundLate = true;
    settleWithin(found, this.parts.deadlines.identifyMs, 'finding out what was granted').then(
      goOn,
      (error: unknown) => this.fail(error),
    );
  }

  #decide(received: Received, principal: Principal, onPermit: OnPermit): void {
    try {
      const verdict = judge(this.snapshot, received, principal, this.nowMs);
      if (verdict.kind !== 'own') this.decision = verdict.decision;
      if (needsStore(verdict) && !this.parts.sessions.isReachable())
        throw new BouncerError('store_unavailable', 'the session store does not answer');
      this.#answer(verdict, onPermit);
    } catch (error) {
      this.fail(error);
    }
  }

  #answer(verdict: Verdict, onPermit: OnPermit): void {
    switch (verdict.kind) {
      case 'own':
        if (isSendingForm(verdict.request) && this.parts.forms !== null)
          void this.#sendForm(this.parts.forms, verdict.request, onPermit);
        else this.serveOwn(verdict.request, null, { kind: 'own', reason: 'own-endpoint' });
        return;
      case 'allow':
        this.#admit(verdict, onPermit);
        return;
      case 'challenge':
        this.challenge(verdict.request, verdict.decision);
        return;
      case 'refuse':
        this.refuse(verdict.reason, isRefusalOfRules(verdict) ? 'deny' : 'refused');
        return;
      default:
        verdict satisfies never;
        this.refuse('decision-error', 'deny');
    }
  }

  #admit(verdict: Allowed, onPermit: OnPermit): void {
    const { snapshot, principal, nowMs, requestId } = this;
    const ip = this.received?.ip ?? null;
    const permit = authorize({ verdict, snapshot, principal, ip, requestId, nowMs }, this.parts.assertions);
    if (permit === null) {
      this.refuse('decision-error', 'deny');
      return;
    }
    if (this.head.known !== undefined) this.parts.heads.keep(this.req, this.head.known);
    const { application, area } = verdict;
    this.endsAtMs = endOfPrincipal(principal, application);
    if (principal.kind === 'person')
      this.asksAgainAtMs = Math.min(
        nowMs + idleLimitOf(application.session, snapshot.settings.session),
        area.agesAtMs(principal.identity, nowMs),
        area.grantEndsAtMs(this.received?.grants, nowMs),
      );
    this.parts.live.add(this);
    if (this.#isFoundLate) this.parts.live.recheck(this);
    onPermit(permit, this);
  }

  protected challenge(request: GatedRequest, decision: Decision): void {
    const challenge = challengeFor(request, decision, this.principal, this.snapshot);
    if (challenge.kind === 'refuse') {
      const { forms } = this.parts;
      const { details } = challenge;
      const form = forms === null ? null : this.#lostForm(request, decision);
      if (forms !== null && form !== null) void this.#keepForm(forms, { request, form, decision, details });
      else this.refuse(refusalOf(decision), decision.outcome, details);
      return;
    }
    const as = { kind: decision.outcome, reason: decision.reason };
    if (challenge.location.length > this.snapshot.settings.limits.urlBytes)
      this.serveOwn(request, challenge.location, as);
    else this.redirect(request, challenge.location, as);
  }

  // -- forms that meet an ended session

  /** A form that may be kept, if its browser has the token of a session that ended. */
  #lostForm(request: GatedRequest, decision: Decision): ArrivingForm | null {
    if (this.principal.kind !== 'nobody' || decision.outcome !== 'login') return null;
    const { settings } = this.snapshot;
    if (settings.limits.preservedBodyBytes === 0) return null;
    return formOf(request, originOf(settings, request.host));
  }

  /** Never rejects. */
  async #keepForm(door: FormDoor, found: LostForm): Promise<void> {
    const { decision, details } = found;
    try {
      const kept = await keepForm(door, this.parts, this, found);
      if (kept === 'not-kept') this.refuse(refusalOf(decision), decision.outcome, details);
      else if (kept === 'too-large') this.refuse('form-too-large', decision.outcome, details);
      else
        this.refuse('form-kept', decision.outcome, {
          ...details,
          retryPath: loginUrl(formPath, decision.missing),
          extraHeaders: { ...details.extraHeaders, 'Set-Cookie': kept.setCookie },
        });
    } catch (error) {
      this.fail(error);
    }
  }

  /** A click on the page that offers to send a kept form. What cannot be sent is said on that page. Never rejects. */
  async #sendForm(door: FormDoor, request: GatedRequest, onPermit: OnPermit): Promise<void> {
    try {
      const found = await findSendable(door, this.parts, this, request);
      if (found === 'foreign') this.refuse('cross-site-request', 'refused');
      else if (found === null) this.redirect(request, formPath, { kind: 'own', reason: 'own-endpoint' });
      else {
        this.handOver();
        door.send(found, this, onPermit);
      }
    } catch (error) {
      this.fail(error);
    }
  }
}

interface LostForm {
  readonly request: GatedRequest;
  readonly form: ArrivingForm;
  readonly decision: Decision;
  readonly details: RefusalDetails;
}

/** The rules say no, or their answer cannot be used; a refusal of anything else is not a denial. */
function isRefusalOfRules({ reason, decision }: Extract<Verdict, { kind: 'refuse' }>): boolean {
  return decision !== null && reason !== 'foreign-origin';
}
