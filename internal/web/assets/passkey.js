// Passkeys, where the browser has them. Without this script their buttons are
// not shown, and the password is the way in.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => buffer ? btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") : undefined;

// ask gets the site's question, has the browser answer it, and returns the
// answer as text.
async function ask(form) {
  const sent = await fetch(form.dataset.offer, { method: "POST" });
  if (!sent.ok) throw new Error(sent.status);
  const publicKey = await sent.json();
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  for (const list of [publicKey.excludeCredentials, publicKey.allowCredentials]) {
    for (const one of list || []) one.id = bytes(one.id);
  }
  const c = await navigator.credentials[form.dataset.passkey]({ publicKey });
  const r = c.response;
  return JSON.stringify({
    id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment || undefined, clientExtensionResults: c.getClientExtensionResults(),
    response: {
      clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), transports: r.getTransports ? r.getTransports() : undefined,
      authenticatorData: r.attestationObject ? undefined : text(r.authenticatorData), signature: text(r.signature), userHandle: text(r.userHandle),
    },
  });
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      const failed = form.querySelector("[data-failed]");
      failed.hidden = true;
      try {
        form.elements.answer.value = await ask(form);
        form.submit();
      } catch { // refused, or nothing to answer with
        failed.hidden = false;
      }
    });
  }
}
