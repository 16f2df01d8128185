// The script of the pages that ask a hardware key, which no form can do without one. It asks when the button is clicked, puts the answer
// into the page's own form and sends that; what went wrong is a text that the page has already.
import { createHash } from 'node:crypto';
import { html, type SafeHtml } from '../ui/html.ts';

// The markup's author vouches for it: nothing is put into it. No backslash, which a template would read.
const source: SafeHtml = html`(function () {
  var form = document.getElementById('ceremony');
  var button = document.getElementById('ask');
  function show(state) {
    document.querySelectorAll('[data-state]').forEach(function (each) {
      each.hidden = each.getAttribute('data-state') !== state;
    });
  }
  function bytesOf(text) {
    var raw = atob(text.split('-').join('+').split('_').join('/'));
    return Uint8Array.from(raw, function (each) { return each.charCodeAt(0); });
  }
  function textOf(buffer) {
    if (!buffer) return null;
    var raw = '';
    new Uint8Array(buffer).forEach(function (each) { raw += String.fromCharCode(each); });
    return btoa(raw).split('+').join('-').split('/').join('_').split('=').join('');
  }
  function withBytes(list) {
    return (list || []).map(function (each) {
      return Object.assign({}, each, { id: bytesOf(each.id) });
    });
  }
  function answerOf(key) {
    var response = key.response;
    var parts = { clientDataJSON: textOf(response.clientDataJSON) };
    if (response.attestationObject) {
      parts.attestationObject = textOf(response.attestationObject);
      parts.transports = response.getTransports ? response.getTransports() : [];
    } else {
      parts.authenticatorData = textOf(response.authenticatorData);
      parts.signature = textOf(response.signature);
      if (response.userHandle) parts.userHandle = textOf(response.userHandle);
    }
    return {
      id: key.id,
      rawId: textOf(key.rawId),
      type: key.type,
      authenticatorAttachment: key.authenticatorAttachment || undefined,
      clientExtensionResults: {},
      response: parts
    };
  }
  function ask(options) {
    var wanted = Object.assign({}, options, { challenge: bytesOf(options.challenge) });
    if (!options.user) {
      wanted.allowCredentials = withBytes(options.allowCredentials);
      return navigator.credentials.get({ publicKey: wanted });
    }
    wanted.user = Object.assign({}, options.user, { id: bytesOf(options.user.id) });
    wanted.excludeCredentials = withBytes(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: wanted });
  }
  if (!window.PublicKeyCredential || !navigator.credentials) return show('unsupported');
  show('ready');
  button.hidden = false;
  if (!document.getElementById('label')) button.focus();
  button.addEventListener('click', function () {
    button.disabled = true;
    show('waiting');
    ask(JSON.parse(form.getAttribute('data-options'))).then(
      function (key) {
        form.elements.namedItem('answer').value = JSON.stringify(answerOf(key));
        show('sent');
        form.submit();
      },
      function (error) {
        button.disabled = false;
        var name = error ? error.name : '';
        show(
          name === 'InvalidStateError' ? 'known'
            : name === 'NotSupportedError' || name === 'SecurityError' ? 'unsupported'
              : 'cancelled'
        );
      }
    );
  });
})();`;

/** The element that holds it, for the end of a page. */
export const keyScript: SafeHtml = html`<script>${source}</script>`;

let hash: string | undefined;

/** The source expression that admits it and no other script (CSP Level 3 section 8.4). */
export function keyScriptHash(): string {
  hash ??= `'sha256-${createHash('sha256').update(source.toString()).digest('base64')}'`;
  return hash;
}
