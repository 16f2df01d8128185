// The script of the pages that ask a hardware key, which no form can do without one. It asks when the button is clicked, puts the answer
// into the page's own form and sends that; what went wrong is a text that the page has already. A question is good for two minutes: one
// that lay on the page for a while is fetched anew before it is asked, so that who looked for the key first is not too late.
import { createHash } from 'node:crypto';
import { html, type SafeHtml } from '../ui/html.ts';

// The markup's author vouches for it: nothing is put into it. No backslash, which a template would read.
const source: SafeHtml = html`(function () {
  var form = document.getElementById('ceremony');
  var button = document.getElementById('ask');
  var readAt = Date.now();
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
  function optionsOf(element) {
    return JSON.parse(element.getAttribute('data-options'));
  }
  function never() {
    location.reload();
    return new Promise(function () {});
  }
  function freshen() {
    if (Date.now() - readAt < 10000) return Promise.resolve();
    var wanted = { redirect: 'error', headers: { Accept: 'text/html' } };
    return fetch(location.href, wanted).then(function (answer) { return answer.text(); }).then(
      function (text) {
        var fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('ceremony');
        if (!fresh || !optionsOf(fresh).user !== !optionsOf(form).user) return never();
        form.setAttribute('data-options', fresh.getAttribute('data-options'));
        fresh.querySelectorAll('input[type=hidden]').forEach(function (each) {
          form.elements.namedItem(each.name).value = each.value;
        });
        readAt = Date.now();
      },
      never
    );
  }
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    begin();
  });
  if (!window.PublicKeyCredential || !navigator.credentials) {
    button.disabled = true;
    return show('unsupported');
  }
  show('ready');
  button.hidden = false;
  if (!document.getElementById('label')) button.focus();
  function begin() {
    if (button.disabled) return;
    button.disabled = true;
    show('waiting');
    var askedAt = 0;
    var options = {};
    freshen().then(function () {
      askedAt = Date.now();
      options = optionsOf(form);
      return ask(options);
    }).then(function (key) {
      form.elements.namedItem('answer').value = JSON.stringify(answerOf(key));
      show('sent');
      form.submit();
    }).catch(function (error) {
      button.disabled = false;
      var name = error ? error.name : '';
      var isLate = askedAt > 0 && Date.now() - askedAt > (options.timeout || Infinity) - 1000;
      show(
        name === 'InvalidStateError' ? 'known'
          : name === 'NotSupportedError' || name === 'SecurityError' ? 'unsupported'
            : isLate ? 'late' : 'cancelled'
      );
    });
  }
  button.addEventListener('click', begin);
})();`;

/** The element that holds it, for the end of a page. */
export const keyScript: SafeHtml = html`<script>${source}</script>`;

let hash: string | undefined;

/** The source expression that admits it and no other script (CSP Level 3 section 8.4). */
export function keyScriptHash(): string {
  hash ??= `'sha256-${createHash('sha256').update(source.toString()).digest('base64')}'`;
  return hash;
}
