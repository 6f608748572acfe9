// The my object, as a wallet app gives it to its mini programs. In life the app
// brings it; here it passes each call to the simulated phone. A mini program's
// own code begins in app.js.

const waiting = new Map(); // id of a call → its arguments

const id = () => [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("");

// When the user tapped last, for the picture of the payment's first step.
let tap = null;
addEventListener("click", (event) => { tap = event.timeStamp; }, { capture: true });

// call sends a call to the app, without its callbacks.
const call = (name) => (options = {}) => {
  const { success, fail, complete, ...args } = options;
  const key = id();
  waiting.set(key, { success, fail, complete });
  const tapped = tap === null ? undefined : performance.now() - tap;
  parent.postMessage({ type: "my.call", id: key, name, args, tapped }, location.origin);
};

addEventListener("message", (event) => {
  const { type, id: key, ok, result } = event.data ?? {};
  const callbacks = waiting.get(key);
  if (event.source !== parent || type !== "my.answer" || !callbacks) {
    return;
  }
  waiting.delete(key);
  (ok ? callbacks.success : callbacks.fail)?.(result);
  callbacks.complete?.(result);
});

window.my = Object.freeze(Object.fromEntries(
  ["request", "tradePay", "pay", "getAuthCode", "getSiteInfo", "alert", "signContract", "qicardSignContract"].map((name) => [name, call(name)]),
));
