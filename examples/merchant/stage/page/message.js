// The drawer that shows one step's messages.

import { has, locale, number, merchant, milliseconds, t, wallet, what } from "./texts.js";
import { route } from "./sequence.js";
import { changedPaths, coloured } from "./json.js";

const $ = (id) => document.getElementById(id);
const drawer = $("message");

const element = (name, className, ...children) => {
  const node = document.createElement(name);
  node.className = className;
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
};

$("message-close").addEventListener("click", () => drawer.close());
drawer.addEventListener("click", (event) => {
  if (event.target === drawer) {
    drawer.close(); // the backdrop
  }
});

// showMessage opens the drawer; the browser keeps the focus in it and gives it
// back afterwards.
// twin is a sound message of the same kind, beside which a changed one is shown.
export const showMessage = async ({ id: run, scenario }, entry, twin) => {
  $("message-title").textContent = (number(scenario, entry.step) ? `${number(scenario, entry.step)} · ` : "") + what(entry);
  $("message-route").textContent = [
    route(entry), new Date(entry.at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }),
    entry.tookMs ? t("took", { ms: milliseconds(entry.tookMs).replace(/ ms$/, "") }).replace(/ s ms$/, " s") : "",
  ].filter(Boolean).join(" · ");
  const content = $("message-content");
  content.replaceChildren(element("p", "quiet", t("loading")));
  drawer.showModal();
  $("message-title").focus();
  const read = async ({ id }) => {
    const response = await fetch(`/runs/${run}/entries/${id}?lang=${document.documentElement.lang}`);
    if (!response.ok) {
      throw new Error("gone");
    }
    return response.json();
  };
  try {
    const whole = await read(entry);
    show(content, whole, twin ? await read(twin) : null);
  } catch {
    content.replaceChildren(element("p", "quiet", t("gone")));
  }
};

const show = (content, entry, twin) => {
  const parts = [];
  if (entry.kind === "trouble") {
    parts.push(element("p", "quiet", what(entry)));
  } else if (!entry.message && !entry.answer) {
    parts.push(element("p", "quiet", t(entry.mark === "inferred" ? "inferredMessage" : "noMessage")));
  }
  // What a signature tells is the cause: the status of the answer only follows from it.
  const explained = Boolean(entry.message?.diagnosis ?? entry.answer?.diagnosis);
  if (entry.error && !explained) {
    parts.push(element("div", "finding bad", element("h3", "", t("why")), said(entry.error)));
  }
  const kinds = { request: "request", response: "answer", notification: "notification", acknowledgement: "acknowledgement" };
  for (const message of [entry.message, entry.answer]) {
    if (message) {
      parts.push(section(message, t(kinds[message.kind] ?? "request"), entry, message === entry.message ? twin?.message : null));
    }
  }
  if (entry.error && explained) {
    parts.push(element("div", "finding", element("h3", "", t("then")), said(entry.error)));
  }
  if (entry.message || entry.answer) {
    parts.push(element("p", "quiet", t("redacted")));
  }
  content.replaceChildren(...parts);
};

// said is a text of the wallet or the doctor, in the page's language.
const said = (text) => element("p", "", text);

const section = (message, name, entry, twin) => {
  const heading = element("h3", "", name);
  const start = message.status ? `HTTP ${message.status}` : `${message.method} ${message.uri}`;
  return element("section", "one", heading, element("p", "start", start), signature(message, entry), copies(message, entry),
    body(message, twin), headers(message),
    message.signedContent ? fold("signedContent", element("pre", "", message.signedContent)) : null);
};

// copies are the buttons that put a message on the clipboard: its body, and a
// request as a command. Secrets are not in it, so it is for reading, and for one's own
// server.
const copies = (message, entry) => {
  const choices = [];
  if (message.body) {
    choices.push(copy(t("copy"), message.body));
  }
  if (!message.status) {
    choices.push(copy(t("copyCurl"), curl(message, entry)));
  }
  return choices.length === 0 ? null : element("p", "copies", ...choices);
};

const copy = (name, text) => {
  const button = element("button", "", name);
  button.type = "button";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = t("copied");
    } catch {
      button.textContent = t("notCopied");
    }
    setTimeout(() => { button.textContent = name; }, 2000);
  });
  return button;
};

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const yourServer = 3; // its place among the parties
const curl = (message, entry) => [
  `curl -X ${message.method} ${quoted((entry.to === yourServer ? merchant : wallet) + message.uri)}`,
  ...Object.entries(message.header ?? {}).filter(([name]) => name !== "Content-Length")
    .flatMap(([name, values]) => values.map((value) => `-H ${quoted(`${name}: ${value}`)}`)),
  ...(message.body ? [`--data-raw ${quoted(message.body)}`] : []),
].join(" \\\n  ");

// signature is the verdict, and what the doctor says where it is bad.
const signature = (message, entry) => {
  const signed = Boolean(message.signedContent);
  if (!signed && !message.diagnosis) {
    return element("p", "signature none", icon("none"), t("signature.none"));
  }
  if (message.verified) {
    const version = /keyVersion=([^,\s]+)/i.exec(message.header.Signature?.[0] ?? "")?.[1] ?? "";
    const no = entry.kind === "refused" || (entry.error && message === entry.answer);
    return element("p", "signature right", icon("right"), no ? t("signature.refused") : t("signature.right", { version }));
  }
  const findings = [element("p", "signature wrong", icon("wrong"), t("signature.wrong"))];
  const found = message.diagnosis;
  if (found) {
    const cause = `cause.${found.cause}`;
    findings.push(
      element("div", "finding bad", element("h4", "", t("doctor")), has(cause) ? element("p", "cause", t(cause)) : null,
        said(found.summary), element("h4", "", t("remedy")), said(found.remedy)),
    );
  } else {
    findings.push(element("div", "finding bad", said(message.verdict)));
  }
  return element("div", "", ...findings);
};

const icon = (kind) => {
  const node = element("span", `icon ${kind}`);
  node.setAttribute("aria-hidden", "true");
  return node;
};

const headers = (message) => {
  const rows = Object.entries(message.header ?? {}).sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([name, values]) => values.map((value) => element("div", "", element("dt", "", name), element("dd", "", value))));
  return rows.length === 0 ? null : fold("headers", element("dl", "", ...rows));
};

const body = (message, twin) => {
  if (!message.body) {
    return fold("body", element("p", "quiet", t("emptyBody")));
  }
  let parsed;
  try {
    parsed = JSON.parse(message.body);
  } catch {
    return fold("body", element("pre", "", message.body));
  }
  const changed = twin?.body ? changedPaths(parsed, JSON.parse(twin.body)) : new Map();
  const text = element("pre", "", ...coloured(parsed, changed));
  const formatted = element("button", "", t("pretty"));
  const raw = element("button", "", t("raw"));
  for (const button of [formatted, raw]) {
    button.type = "button";
    button.setAttribute("aria-pressed", String(button === formatted));
    button.addEventListener("click", () => {
      text.replaceChildren(...(button === formatted ? coloured(parsed, changed) : [message.body]));
      formatted.setAttribute("aria-pressed", String(button === formatted));
      raw.setAttribute("aria-pressed", String(button === raw));
    });
  }
  const notes = [...changed].map(([path, was]) => element("p", "changed", t("changed", { path, was })));
  return fold("body", ...notes, element("div", "choice", formatted, raw), text);
};

const fold = (key, ...children) => {
  const details = element("details", key, element("summary", "", t(key)), ...children);
  details.open = key === "body";
  return details;
};

