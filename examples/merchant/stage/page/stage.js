// The page: which payments there are, which one is shown, and the buttons.

import { locale, look, money, t, verdict as verdictText, what } from "./texts.js";
import { follow } from "./stream.js";
import { ghosts, Sequence } from "./sequence.js";
import { showMessage } from "./message.js";
import { watchTrouble } from "./trouble.js";
import { closed } from "./phone.js";

const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions();

const $ = (id) => document.getElementById(id);

const runs = new Map(); // id → { run, entries: Map }
let shown = null; // id of the run that is drawn
let pinned = false; // the user chose it; otherwise the newest is drawn
const sequence = new Sequence($("steps"), $("rows"), (entry) => {
  const twin = entry.mark === "failed" && [...runs.get(shown).entries.values()].find((other) =>
    other.step === entry.step && other.op === entry.op && other.mark === "signed");
  showMessage(shown, entry, twin);
});

ghosts($("ghosts"));

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

const pips = Array.from({ length: 20 }, () => $("pips").appendChild(document.createElement("i")));

const draw = () => {
  dirty = false;
  drawHistory();
  const at = runs.get(shown);
  $("empty").hidden = Boolean(at);
  $("rows").tabIndex = at ? -1 : 0; // its rows take the focus once there are some
  $("exports").hidden = !at;
  const seen = new Set(at?.run.seen ?? []);
  pips.forEach((pip, i) => pip.classList.toggle("on", seen.has(i + 1)));
  $("progress").textContent = t("progress", { n: seen.size });
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
  sequence.draw([...at.entries.values()].sort((a, b) => a.when - b.when || a.id - b.id));
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
  told.push(entry.step ? t("newStep", { n: entry.step, what: what(entry) }) : what(entry));
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

$("expire").addEventListener("click", () => fetch(`/runs/${shown}/expire`, { method: "POST" }));
