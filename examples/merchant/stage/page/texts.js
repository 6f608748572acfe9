// The texts of the page come from its server, in the page's language.

const read = (name) => document.querySelector(`meta[name="tradepay-${name}"]`).content;

const texts = JSON.parse(read("texts"));

// locale is the page's language as the reader's region writes it: es-MX has
// 1,234.50 where es has 1.234,50.
const language = document.documentElement.lang;
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;

export const wallet = read("wallet");
export const merchant = read("merchant");
export const site = read("site");

// number is the place of a step in a scenario; 0 if it has no such step.
export const figures = JSON.parse(read("figures"));
export const number = (scenario, step) => figures[scenario].indexOf(step) + 1;

// t returns a text with its braces filled in, or its key where there is none.
export const t = (key, values = {}) =>
  (texts[key] ?? key).replace(/\{(\w+)\}/g, (braces, name) => values[name] ?? braces);

export const has = (key) => key in texts;

// detail says a code in words, where there are some.
export const detail = (code) => (has(`state.${code}`) ? t(`state.${code}`) : has(`detail.${code}`) ? t(`detail.${code}`) : code);

// saysPaid reports whether the row tells that somebody was charged: of all answers, only
// the wallet's to an inquiry and the shop's to its customer do.
export const saysPaid = ({ op, step, detail: code }) =>
  (op === "inquiryPayment" && code === "SUCCESS") || (step === 20 && ["paid", "fulfilled"].includes(code));

// what says what an entry is.
export const what = (entry) => {
  if (entry.kind === "trouble") {
    return has(`note.${entry.detail}`) ? t(`note.${entry.detail}`) : t("note.fault", { kind: entry.detail });
  }
  if (entry.step) {
    if (has(`step.${entry.scenario}.${entry.step}`)) {
      return t(`step.${entry.scenario}.${entry.step}`);
    }
    return has(`step.${entry.step}.${entry.detail}`) ? t(`step.${entry.step}.${entry.detail}`) : t(`step.${entry.step}`);
  }
  return has(`op.${entry.op}`) ? t(`op.${entry.op}`) : t("op.other", { op: entry.op });
};

// money writes an amount such as 1050.00 ZAR in the page's language.
export const money = (text) => {
  const [, number, currency] = /^(\d+(?:\.\d+)?) (\w+)$/.exec(text ?? "") ?? [];
  const digits = number?.split(".")[1]?.length ?? 0;
  return number ? `${Number(number).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })}\u00a0${currency}` : (text ?? "0");
};

// look is the class of a verdict: green is for what was paid alone.
export const look = ({ level, key }) => (key === "verdict.agreePaid" ? `${level} paid` : level);

export const verdict = ({ key, shop = "", charged, refunded, amount, charges }) =>
  t(key, { shop: detail(shop), charged: money(charged), refunded: money(refunded), amount: money(amount), charges });

// milliseconds writes a time for people.
const digits = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
export const milliseconds = (ms) => (ms >= 10000 ? `${digits.format(ms / 1000)} s` : `${digits.format(ms >= 100 ? Math.round(ms) : ms)} ms`);
