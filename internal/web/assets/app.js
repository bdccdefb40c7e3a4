// What the pages gain from script: steppers, a running sum, drafts that are
// kept while one types. Every page works without it.
"use strict";
document.documentElement.classList.add("script");

const read = (text) => {
  const t = text.trim().replace(/[٠-٩]/g, (d) => "٠١٢٣٤٥٦٧٨٩".indexOf(d));
  return /^\d+$/.test(t) ? { n: Number(t), exact: true } : /^\d+\+$/.test(t) ? { n: parseInt(t, 10), exact: false } : { n: 0, exact: false };
};

// Leave this page: nothing of it stays in the way back.
const leave = document.querySelector("[data-leave]");
if (leave) {
  const go = (e) => { e.preventDefault(); document.documentElement.hidden = true; location.replace(leave.href); };
  leave.addEventListener("click", go);
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") go(e); });
}

for (const form of document.querySelectorAll("form")) {
  const sum = form.querySelector("[data-sum]");
  const counts = [...form.querySelectorAll(".stepper input")];
  const add = () => {
    if (!sum) return;
    const all = counts.map((c) => read(c.value));
    const n = all.reduce((s, c) => s + c.n, 0);
    sum.textContent = counts.some((c) => c.value.trim()) ? (all.every((c) => c.exact) ? "" : "≥ ") + n : "";
  };
  form.addEventListener("click", (e) => {
    const step = e.target.closest("[data-step]");
    if (!step) return;
    const input = step.parentElement.querySelector("input");
    input.value = Math.max(0, read(input.value).n + Number(step.dataset.step));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("input", add);
  add();
  if (form.dataset.draft !== undefined) keep(form);
  if (form.dataset.now !== undefined) local(form, new Date());
}

// local fills the moment with the time and zone of this device, at the scene.
function local(form, t) {
  const two = (n) => String(Math.abs(n)).padStart(2, "0");
  const off = -t.getTimezoneOffset();
  const parts = { day: two(t.getDate()), month: two(t.getMonth() + 1), year: t.getFullYear(), time: `${two(t.getHours())}:${two(t.getMinutes())}`,
    zone: `${off < 0 ? "-" : "+"}${two(Math.trunc(off / 60))}:${two(off % 60)}` };
  for (const [name, value] of Object.entries(parts)) {
    const input = form.elements[`${form.dataset.now}.${name}`];
    if (input) input.value = value;
  }
}

// keep sends what is typed to the site two seconds after the last key, or when
// the page is left, where only its author sees it, and says when it was kept.
function keep(form) {
  const saved = form.querySelector("[data-saved]");
  let timer;
  const draft = () => {
    const id = form.elements.id ? `?draft=${form.elements.id.value}` : "";
    return new URLSearchParams({ form: location.pathname + id, title: form.dataset.draft, body: new URLSearchParams(new FormData(form)).toString() });
  };
  const send = async () => {
    timer = 0;
    try {
      const answer = await fetch("/drafts", { method: "POST", body: draft() });
      if (answer.status === 503) timer = setTimeout(send, 10000);
      if (answer.ok && saved && answer.headers.get("X-Said")) {
        saved.textContent = decodeURIComponent(answer.headers.get("X-Said"));
        saved.hidden = false;
      }
    } catch { /* no connection: the next key tries again */ timer = setTimeout(send, 10000); }
  };
  const stop = () => { clearTimeout(timer); timer = 0; };
  form.addEventListener("input", () => { stop(); timer = setTimeout(send, 2000); });
  form.addEventListener("submit", stop);
  addEventListener("pagehide", () => { if (timer) navigator.sendBeacon("/drafts", draft()); stop(); });
}

const errors = document.querySelector(".errors");
if (errors) {
  errors.focus();
  // The key that follows a link must not be typed into the field that it leads
  // to, where Enter would send the form again: the field waits until it is up.
  // Who clicks without a key or a pointer, as a reading aid does, waits a moment.
  errors.addEventListener("click", (e) => {
    const field = e.target.closest("a") && document.getElementById(decodeURIComponent(e.target.closest("a").hash.slice(1)));
    if (!field) return;
    e.preventDefault();
    if (e.detail) return field.focus();
    const wait = setTimeout(() => field.focus(), 1000);
    addEventListener("keyup", () => { clearTimeout(wait); field.focus(); }, { once: true });
  });
}

// Long work: the page asks how far it is, and reads itself again at the end.
const progress = document.querySelector("[data-progress]");
if (progress) {
  const look = async () => {
    try {
      const answer = await fetch(location.href);
      const now = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-progress]");
      if (answer.ok && !now) return location.replace(location.pathname);
      if (now) progress.replaceChildren(...now.childNodes);
    } catch { /* no connection: the next look tries again */ }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}
