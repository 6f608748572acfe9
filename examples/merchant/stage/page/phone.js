// The phone: a wallet app with one mini program in it. The mini program runs
// in a sandbox and reaches the world through its my object alone, which sends
// each call here.

import { locale, merchant, site, t, wallet } from "./texts.js";

const $ = (id) => document.getElementById(id);
const program = $("program");
const lang = document.documentElement.lang;

const failure = (error, errorMessage, more = {}) => ({ ok: false, result: { error, errorMessage, ...more } });
const success = (result) => ({ ok: true, result });

// my.request: only to the mini program's own server, as a wallet's white list
// has it. The page's server passes it on, so that it can be shown.
const request = async ({ url, method = "GET", headers = {}, data, dataType = "json", timeout = 30000 }, tapped) => {
  const target = URL.parse(String(url));
  if (!target || target.origin !== merchant || !target.pathname.startsWith("/api/")) {
    return failure(4, "no permission: the domain is not in the white list");
  }
  const options = { method: method.toUpperCase(), headers: { "Content-Type": "application/json", "Accept-Language": lang, ...headers }, signal: AbortSignal.timeout(timeout) };
  if (options.method === "POST" && target.pathname === "/api/orders") {
    called(null); // what was called back for the last payment says nothing about this one
  }
  if (tapped !== undefined) {
    options.headers["Stage-Tap"] = String(tapped);
  }
  if (data !== undefined && options.method === "GET") {
    target.search = new URLSearchParams(data);
  } else if (data !== undefined) {
    options.body = typeof data === "string" ? data : JSON.stringify(data);
  }
  let response;
  let text;
  try {
    response = await fetch(`/shop${target.pathname}${target.search}`, options);
    text = await response.text();
  } catch (error) {
    return error.name === "TimeoutError" ? failure(13, "timeout") : failure(12, "network error");
  }
  if (response.headers.get("Stage-Problem")) {
    return failure(12, "network error");
  }
  let body = text;
  if (dataType === "json") {
    try {
      body = JSON.parse(text);
    } catch {
      return failure(14, "the answer is not JSON", { status: response.status });
    }
  }
  const result = { status: response.status, headers: { "content-type": response.headers.get("Content-Type") ?? "" }, data: body };
  return response.ok ? success(result) : failure(19, `HTTP ${response.status}`, result);
};

const app = async (method, path, body) => {
  const response = await fetch(`${wallet}/app/${path}`, {
    method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body), signal: AbortSignal.timeout(10000),
  });
  return response.json();
};

// my.tradePay and my.pay: ask the wallet, show its cashier, and report how the
// payer left it.
const sheet = $("cashier");
const frame = $("cashier-frame");
let paying = null; // { name, call, url, done }

const tradePay = async (args, name) => {
  if (paying) {
    return failure(40, "a cashier is open already");
  }
  if (!args.paymentUrl && !args.tradeNO) {
    return failure(2, "paymentUrl or tradeNO is required");
  }
  called(null);
  paying = {}; // before the first await: one cashier at a time
  let answer;
  try {
    answer = await app("POST", name, { paymentUrl: args.paymentUrl, tradeNO: args.tradeNO, lang: locale });
  } catch {
    paying = null;
    return called("6002"); // nothing was shown, nothing can have been paid here
  }
  if (!answer.call) {
    paying = null;
    return called(answer.resultCode);
  }
  const ended = await opened(name, answer.call, answer.cashierUrl);
  return called(ended?.resultCode || "6004"); // without an answer, nobody knows
};

// opened shows a page of the wallet, until the payer has left it, and returns the wallet's
// answer; null if there is none.
const opened = async (name, call, url) => {
  const ended = await new Promise((done) => {
    paying = { name, call, url, done };
    frame.src = url;
    sheet.hidden = false;
    program.inert = true;
    $("close-cashier").focus({ preventScroll: true });
  });
  paying = null;
  sheet.hidden = true;
  program.inert = false;
  frame.src = "about:blank";
  program.focus({ preventScroll: true });
  return ended;
};

// my.signContract: the wallet's page on which the customer agrees to later payments.
const signContract = async ({ signStr, authUrl }) => {
  if (paying) {
    return failure(40, "a cashier is open already");
  }
  called(null);
  paying = {};
  let answer;
  try {
    answer = await app("POST", "signContract", { signStr, authUrl, lang: locale });
  } catch {
    paying = null;
    return failure(6002, "network error");
  }
  if (!answer.call) {
    paying = null;
    return failure(Number(answer.errorCode), answer.error);
  }
  const ended = await opened("signContract", answer.call, answer.agreementUrl);
  return ended?.authCode ? success({ authCode: ended.authCode, authState: ended.authState }) : failure(Number(ended?.errorCode || 7001), "not agreed");
};

const called = (resultCode) => {
  $("callback").textContent = resultCode ? t("callback", { code: t(`callback.${resultCode}`) }) : "";
  $("callback").dataset.code = resultCode ?? "";
  return success({ resultCode });
};

// leave asks the wallet how the call ended; where it does not answer, nobody
// knows.
const leave = async (method) => {
  const current = paying;
  if (!current?.call || current.leaving) {
    return;
  }
  current.leaving = true;
  current.done(await app(method, `${current.name}/${current.call}`).catch(() => null));
};

$("close-cashier").addEventListener("click", () => leave("DELETE"));

// The cashier says that it has shown the result. The payer sees it for a
// moment.
addEventListener("message", (event) => {
  if (event.source === frame.contentWindow && event.origin === wallet && event.data?.type === "tradepay.result" && event.data.call === paying?.call) {
    setTimeout(() => leave("GET"), 1200);
  }
});

// closed says that the wallet has closed a payment, whose time may have been cut
// short: an open cashier asks again, and shows no time that runs on.
export const closed = (paymentId) => {
  if (paying?.url && URL.parse(paying.url).pathname.endsWith(`/${paymentId}`) && !paying.closed) {
    paying.closed = true;
    frame.src = paying.url;
  }
};

const getAuthCode = async ({ scopes = "auth_base" }) => {
  try {
    const answer = await app("POST", "getAuthCode", { scopes });
    return answer.authCode ? success(answer) : failure(2, answer.error);
  } catch {
    return failure(12, "network error");
  }
};

const alertBox = $("alert");
const alert = ({ title = "", content = "", buttonText = t("ok") }) =>
  new Promise((done) => {
    $("alert-title").textContent = title;
    $("alert-content").textContent = content;
    $("alert-ok").textContent = buttonText;
    alertBox.hidden = false;
    program.inert = true;
    $("alert-ok").focus({ preventScroll: true });
    $("alert-ok").onclick = () => {
      alertBox.hidden = true;
      program.inert = false;
      program.focus({ preventScroll: true });
      done(success({}));
    };
  });

const calls = {
  request: (args, tapped) => request(args, tapped),
  tradePay: (args) => tradePay(args, "tradePay"),
  pay: (args) => tradePay(args, "pay"),
  signContract,
  qicardSignContract: signContract, // as SuperQi calls it
  getAuthCode,
  getSiteInfo: () => success({ siteName: site }),
  alert,
};

addEventListener("message", async (event) => {
  if (event.source !== program.contentWindow || event.data?.type !== "my.call") {
    return; // the sandbox has no origin, its window tells it apart
  }
  const { id, name, args, tapped } = event.data;
  const call = Object.hasOwn(calls, name) ? calls[name] : () => failure(1, `my.${name} is not there`);
  let answer;
  try {
    answer = await call(args ?? {}, tapped);
  } catch (error) {
    answer = failure(3, error.message);
  }
  program.contentWindow?.postMessage({ type: "my.answer", id, ...answer }, "*");
});

// start starts the mini program, when somebody listens to its calls.
let playing = "pay";
export const start = (scenario) => {
  playing = scenario;
  leave("DELETE");
  program.src = `/miniprogram/?${new URLSearchParams({ lang, scenario })}`;
};

$("reload").addEventListener("click", () => start(playing));
