// The mini program's own server: the only one whose word counts.

const SERVER = document.querySelector('meta[name="server"]').content;

// promise turns a call of my with callbacks into a promise.
export const promise = (call, options = {}) =>
  new Promise((resolve, reject) => call({ ...options, success: resolve, fail: reject }));

let token = null; // of this session; the wallet's tokens never leave the server

// login needs the wallet, and happens when the program starts: an order made
// while the wallet is away is still made.
export const login = async () => {
  const { authCode } = await promise(my.getAuthCode, { scopes: "auth_base" });
  const { data } = await promise(my.request, { url: `${SERVER}/api/login`, method: "POST", data: { authCode } });
  token = data.token;
};

// ask sends one request. It logs in first, and again if the session is over.
export const ask = async (method, path, data) => {
  for (let first = true; ; first = false) {
    if (!token) {
      await login();
    }
    try {
      const answer = await promise(my.request, { url: `${SERVER}/api${path}`, method, data, headers: { Authorization: `Bearer ${token}` } });
      return answer.data;
    } catch (error) {
      if (error.status !== 401 || !first) {
        throw error;
      }
      token = null;
    }
  }
};

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// temporary says whether to ask again: no answer, a busy server, or one that
// does not know yet.
const temporary = (error) => error.error === 12 || error.error === 13 || error.status >= 500 || error.status === 429;

// createOrder makes an order. requestKey is the purchase's own: however often
// it is sent, the server makes one order of it, so that a lost answer is asked
// for again without fear. onRetry is told whether the server answered at all.
export const createOrder = async (items, requestKey, onRetry) => {
  const siteName = await promise(my.getSiteInfo).then((info) => info.siteName, () => "");
  let answered = true; // or nobody did
  for (let wait = 500, tries = 1; ; wait = Math.min(2 * wait, 4000), tries++) {
    try {
      const order = await ask("POST", "/orders", { items, siteName, requestKey });
      answered = true;
      if (order.tradePay?.paymentUrl || order.tradePay?.tradeNO || order.state !== "created") {
        return order;
      }
    } catch (error) {
      if (!temporary(error) || tries >= 12) {
        throw error;
      }
      answered = error.status !== undefined;
    }
    if (tries >= 12) {
      throw { error: 12, status: answered ? 503 : undefined };
    }
    onRetry(answered);
    await pause(wait);
  }
};

export const findOrder = (id) => ask("GET", `/orders/${encodeURIComponent(id)}`);

export const cancelOrder = (id) => ask("POST", `/orders/${encodeURIComponent(id)}/cancel`);

export const listOrders = async () => {
  const answer = await ask("GET", "/orders");
  return answer.orders ?? answer.items ?? answer;
};

export const catalogue = async () => (await promise(my.request, { url: `${SERVER}/api/catalogue` })).data.items;
