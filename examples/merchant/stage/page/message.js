// The drawer that shows one step's messages.

import { has, milliseconds, t, what } from "./texts.js";
import { route } from "./sequence.js";

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
export const showMessage = async (run, entry) => {
  $("message-title").textContent = (entry.step ? `${entry.step} · ` : "") + what(entry);
  $("message-route").textContent = [
    route(entry), new Date(entry.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }),
    entry.tookMs ? t("took", { ms: milliseconds(entry.tookMs).replace(/ ms$/, "") }).replace(/ s ms$/, " s") : "",
  ].filter(Boolean).join(" · ");
  const content = $("message-content");
  content.replaceChildren(element("p", "quiet", t("loading")));
  drawer.showModal();
  $("message-title").focus();
  try {
    const response = await fetch(`/runs/${run}/entries/${entry.id}`);
    if (!response.ok) {
      throw new Error("gone");
    }
    show(content, await response.json());
  } catch {
    content.replaceChildren(element("p", "quiet", t("gone")));
  }
};

const show = (content, entry) => {
  const parts = [];
  if (entry.kind === "trouble") {
    parts.push(element("p", "quiet", what(entry)));
  } else if (!entry.message && !entry.answer) {
    parts.push(element("p", "quiet", t(entry.mark === "inferred" ? "inferredMessage" : "noMessage")));
  }
  if (entry.error) {
    parts.push(element("div", "finding bad", element("h3", "", t("why")), english(entry.error)));
  }
  const kinds = { request: "request", response: "answer", notification: "notification", acknowledgement: "acknowledgement" };
  for (const message of [entry.message, entry.answer]) {
    if (message) {
      parts.push(section(message, t(kinds[message.kind] ?? "request"), entry));
    }
  }
  if (entry.message || entry.answer) {
    parts.push(element("p", "quiet", t("redacted")));
  }
  content.replaceChildren(...parts);
};

// english is a text of the wallet or the doctor, who speak English.
const english = (text) => {
  const p = element("p", "", text);
  p.lang = "en";
  return p;
};

const section = (message, name, entry) => {
  const heading = element("h3", "", name);
  const start = message.status ? `HTTP ${message.status}` : `${message.method} ${message.uri}`;
  return element("section", "one", heading, element("p", "start", start), signature(message, entry), headers(message), body(message),
    message.signedContent ? fold("signedContent", element("pre", "", message.signedContent)) : null);
};

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
        english(found.summary), element("h4", "", t("remedy")), english(found.remedy)),
    );
  } else {
    findings.push(element("div", "finding bad", english(message.verdict)));
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

const body = (message) => {
  if (!message.body) {
    return fold("body", element("p", "quiet", t("emptyBody")));
  }
  let pretty = message.body;
  try {
    pretty = JSON.stringify(JSON.parse(message.body), null, 2);
  } catch {
    // no JSON: it is shown as it is
  }
  const text = element("pre", "", pretty);
  const formatted = element("button", "", t("pretty"));
  const raw = element("button", "", t("raw"));
  for (const [button, content] of [[formatted, pretty], [raw, message.body]]) {
    button.type = "button";
    button.setAttribute("aria-pressed", String(content === pretty && button === formatted));
    button.addEventListener("click", () => {
      text.textContent = content;
      formatted.setAttribute("aria-pressed", String(button === formatted));
      raw.setAttribute("aria-pressed", String(button === raw));
    });
  }
  return fold("body", element("div", "choice", formatted, raw), text);
};

const fold = (key, ...children) => {
  const details = element("details", key, element("summary", "", t(key)), ...children);
  details.open = true;
  return details;
};

