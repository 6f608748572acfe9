// The cashier works without this module. With it, the time counts down, an
// outage of the wallet loses nothing, and the page that framed the cashier
// hears of the result.

const announce = (text) => {
  document.getElementById("announce").textContent = text;
};

// The moments, in seconds before the end, at which a screen reader speaks.
const spoken = [1800, 900, 600, 300, 120, 60, 10];

// The time runs by the server's clock: the page says how many seconds are
// left, and only their passing is measured here.
const countdown = (timer) => {
  const words = timer.dataset;
  const end = performance.now() + 1000 * Number(words.seconds);
  let before = Infinity;
  const tick = () => {
    if (!timer.isConnected) {
      return;
    }
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    timer.textContent = words.left.replace("{time}", text);
    timer.parentElement.classList.toggle("soon", left <= 60);
    if (spoken.some((moment) => left <= moment && moment < before) && before !== Infinity) {
      announce(left > 60 ? words.minutes.replace("{n}", Math.ceil(left / 60)) : left === 60 ? words.minute : words.someSeconds.replace("{n}", left));
    }
    before = left;
    if (left === 0) {
      timer.textContent = words.over;
      reload();
      return;
    }
    setTimeout(tick, ((end - performance.now()) % 1000) + 5);
  };
  tick();
};

// replace shows another state of the page in place of this one, without
// asking the server a second time.
const replace = async (response) => {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page.querySelector("main")) {
    throw new Error("no page");
  }
  history.replaceState(null, "", response.url);
  document.title = page.title;
  document.body.replaceChildren(...page.body.children);
  show();
  document.querySelector("h1").focus();
};

// reload asks the wallet how the payment stands once its time is up. If the
// wallet does not answer, or its clock is not there yet, it asks again.
const reload = async () => {
  await new Promise((done) => setTimeout(done, 1000));
  if (!document.querySelector("form[data-paying]")) {
    return; // a button was pressed meanwhile, and answered
  }
  try {
    if (document.querySelector("form.busy")) {
      throw new Error("a button waits for its answer");
    }
    await replace(await fetch(location.href, { headers: { Accept: "text/html" } }));
  } catch {
    reload();
  }
};

const submit = async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const pressed = event.submitter ?? form.querySelector("button");
  if (form.classList.contains("busy")) {
    return; // a second click; the wallet would charge once all the same
  }
  const problem = form.querySelector(".problem");
  const label = pressed.textContent;
  const body = new URLSearchParams(new FormData(form));
  body.set(pressed.name, pressed.value);
  form.classList.add("busy");
  form.setAttribute("aria-busy", "true");
  problem.textContent = "";
  if (pressed.value === "pay") {
    pressed.textContent = form.dataset.paying;
    announce(form.dataset.paying);
  }
  try {
    await replace(await fetch(location.href, { method: "POST", body, headers: { Accept: "text/html" } }));
  } catch {
    pressed.textContent = label;
    problem.textContent = form.dataset.offline;
    form.removeAttribute("aria-busy");
    form.classList.remove("busy");
  }
};

const show = () => {
  const main = document.querySelector("main");
  const timer = main.querySelector("[data-seconds]");
  if (timer) {
    countdown(timer);
  }
  main.querySelector("form[data-paying]")?.addEventListener("submit", submit);
  const { resultCode, origin, call, payment } = main.dataset;
  if (resultCode && origin && window.parent !== window) {
    window.parent.postMessage({ type: "tradepay.result", call, paymentId: payment, resultCode }, origin);
  }
};

show();
