// The page: which payments there are, which one is shown, and the buttons.

import { figures, locale, look, money, number, t, verdict as verdictText, what } from "./texts.js";
import { follow } from "./stream.js";
import { ghosts, Sequence } from "./sequence.js";
import { showMessage } from "./message.js";
import { watchTrouble } from "./trouble.js";
import { closed, start } from "./phone.js";

const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions();

const $ = (id) => document.getElementById(id);

const runs = new Map(); // id → { run, entries: Map }
let shown = null; // id of the run that is drawn
let pinned = false; // the user chose it; otherwise the newest is drawn
const sequence = new Sequence($("steps"), $("rows"), (entry) => {
  const twin = entry.mark === "failed" && [...runs.get(shown).entries.values()].find((other) =>
    other.step === entry.step && other.op === entry.op && other.mark === "signed");
  showMessage(runs.get(shown).run, entry, twin);
});

// The scenario that the mini program plays; a run of an earlier one can be shown meanwhile.
const showGhosts = ghosts($("ghosts"));
let scenario = "pay";
const play = (name) => {
  scenario = name;
  showGhosts(name);
  [...document.querySelectorAll(".begin li")].forEach((item, i) => { item.textContent = t(`begin.${name}.${i + 1}`); });
  start(name);
};

// Changes are drawn once per frame, however many come at once.
let dirty = false;
const changed = () => {
  if (!dirty) {
    dirty = true;
    requestAnimationFrame(draw);
  }
};

const select = (id, byUser) => {
  if (id !== shown || byUser) {
    shown = id;
    pinned = byUser && id !== newest();
    sequence.clear();
    if (pinned) {
      sequence.stay();
    }
    changed();
  }
};

const newest = () => [...runs.keys()].at(-1) ?? null;

const drawProgress = (run) => {
  const plan = figures[run?.scenario ?? scenario];
  const seen = new Set(run?.seen ?? []);
  const pips = $("pips");
  while (pips.children.length < plan.length) {
    pips.append(document.createElement("i"));
  }
  [...pips.children].slice(plan.length).forEach((pip) => pip.remove());
  plan.forEach((step, i) => pips.children[i].classList.toggle("on", seen.has(step)));
  $("progress").textContent = t("progress", { n: plan.filter((step) => seen.has(step)).length, total: plan.length });
  $("race").hidden = (run?.scenario ?? scenario) !== "pay";
};

const draw = () => {
  dirty = false;
  drawHistory();
  const at = runs.get(shown);
  $("empty").hidden = Boolean(at);
  $("rows").tabIndex = at ? -1 : 0; // its rows take the focus once there are some
  $("exports").hidden = !at;
  drawProgress(at?.run);
  const verdict = at?.run.verdict ?? { level: "wait", key: "verdict.none" };
  $("verdict").className = `verdict ${look(verdict)}`;
  $("verdict").dataset.key = verdict.key;
  const words = verdictText(verdict);
  if ($("verdict-text").textContent !== words) {
    $("verdict-text").textContent = words;
  }
  if (!at) {
    return;
  }
  $("export-json").href = `/runs/${shown}.json`;
  $("export-svg").href = `/runs/${shown}.svg?${new URLSearchParams({ lang: document.documentElement.lang, locale, zone })}`;
  $("expire").hidden = verdict.wallet !== "PROCESSING";
  for (const button of document.querySelectorAll("[data-desk]")) {
    button.hidden = !at.run.orderId || verdict.key !== (button.dataset.desk === "refund" ? "verdict.agreePaid" : "verdict.agreeReserved");
  }
  sequence.draw([...at.entries.values()].sort((a, b) => a.when - b.when || a.id - b.id), at.run.scenario);
};

// The history, newest first. A button that has not changed stays, with the
// focus it may have.
const pills = new Map();
const drawHistory = () => {
  $("history-nav").hidden = runs.size === 0;
  for (const [id, pill] of pills) {
    if (!runs.has(id)) {
      pill.item.remove();
      pills.delete(id);
    }
  }
  for (const [id, { run }] of runs) {
    let pill = pills.get(id);
    if (!pill) {
      const item = document.createElement("li");
      const button = item.appendChild(document.createElement("button"));
      button.type = "button";
      button.addEventListener("click", () => select(id, true));
      pill = { item, button };
      pills.set(id, pill);
      $("history").prepend(item);
    }
    const key = `${run.amount}|${run.verdict.level}|${run.verdict.key}|${id === shown}`;
    if (pill.key !== key) {
      pill.key = key;
      const time = new Date(run.startedAt).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
      pill.button.className = look(run.verdict);
      pill.button.setAttribute("aria-pressed", String(id === shown));
      const [clock, amount] = [document.createElement("span"), document.createElement("strong")];
      clock.textContent = time;
      amount.textContent = run.amount ? money(run.amount) : "…";
      pill.button.replaceChildren(amount, " ", clock);
      pill.button.title = verdictText(run.verdict) + (run.phone ? "" : ` (${t("otherPayment")})`);
    }
  }
};

const take = (run, entries) => {
  const at = runs.get(run.id) ?? { run, entries: new Map() };
  at.run = run;
  if (run.verdict.wallet === "CANCELLED") {
    closed(run.paymentId);
  }
  for (const entry of entries) {
    entry.when = Date.parse(entry.at);
    entry.scenario = run.scenario;
    at.entries.set(entry.id, entry);
  }
  if (!runs.has(run.id)) {
    runs.set(run.id, at);
    if (!pinned) {
      select(run.id, false);
    }
  }
  changed();
};

// A screen reader hears of new steps, several in one sentence if they come
// quickly.
let told = [];
const tell = (entry) => {
  if (told.length === 0) {
    setTimeout(() => {
      $("announce").textContent = told.slice(-6).join(". ");
      told = [];
    }, 400);
  }
  const place = entry.step ? number(runs.get(shown).run.scenario, entry.step) : 0;
  told.push(place ? t("newStep", { n: place, what: what(entry) }) : what(entry));
};

const trouble = watchTrouble();

follow(
  {
    everything: ({ runs: all, state }) => {
      runs.clear();
      sequence.clear();
      for (const { run, entries } of all) {
        take(run, entries);
      }
      if (!runs.has(shown)) {
        pinned = false;
        select(newest(), false);
      }
      trouble.show(state);
      changed();
    },
    entry: ({ run, entry }) => {
      take(run, [entry]);
      if (run.id === shown && !(entry.times > 1)) {
        tell(entry);
      }
    },
    run: ({ run, entries }) => {
      runs.get(run.id)?.entries.clear();
      if (run.id === shown) {
        sequence.clear();
      }
      take(run, entries);
    },
    verdict: (run) => take(run, []),
    gone: ({ run }) => {
      runs.delete(run);
      if (shown === run) {
        pinned = false;
        select(newest(), false);
      }
      changed();
    },
    state: (state) => trouble.show(state),
  },
  (up) => {
    const live = $("live");
    live.classList.toggle("up", up);
    $("live-text").textContent = up ? live.dataset.live : live.dataset.away;
  },
);

// press does what a button of the sequence is for, one press at a time, and tells what did not work.
const press = async (button, action, failed) => {
  button.disabled = true;
  const response = await fetch(`/runs/${shown}/${action}`, { method: "POST" }).catch(() => null);
  button.disabled = false;
  $("flow-told").textContent = response?.ok ? "" : t(failed);
};

$("expire").addEventListener("click", () => press($("expire"), "expire", "expireFailed"));
for (const button of document.querySelectorAll("[data-desk]")) {
  button.addEventListener("click", () => press(button, `desk/${button.dataset.desk}`, "desk.failed"));
}

for (const choice of document.querySelectorAll("[name=scenario]")) {
  choice.checked = choice.value === scenario; // a browser keeps what was chosen before a reload
  choice.addEventListener("change", () => {
    play(choice.value);
    pinned = false;
    shown = null; // the sequence to come, until it begins
    sequence.clear();
    changed();
  });
}
play(scenario);
