// The shop's server: the only one whose word counts.

/**
 * promise makes a promise of a call of my with callbacks. A call that only some wallets
 * have, and that is no function of my, goes by my.call.
 * @param {string} call its name, such as request
 * @param {object} [options]
 * @returns {Promise<any>}
 */
export const promise = (call, options) =>
  new Promise((resolve, reject) => {
    const wallet = /** @type {any} */ (my);
    if (typeof wallet[call] === "function") {
      wallet[call](Object.assign({}, options, { success: resolve, fail: reject }));
    } else if (typeof wallet.call === "function") {
      wallet.call(call, options || {}, (/** @type {any} */ answer) => {
        (answer && !answer.error ? resolve : reject)(answer);
      });
    } else {
      reject({ error: 1, errorMessage: `my.${call} is not there` });
    }
  });

/** @param {number} milliseconds */
const sleep = (milliseconds) => new Promise((done) => { setTimeout(() => done(undefined), milliseconds); });

// timeout is longer than the shop needs to give up on the wallet.
const timeout = 30000;

/**
 * problemOf reads how a request ended that did not go well. Wallets differ: an
 * answer that is an error comes to success, or to fail with or without its status.
 * @param {any} raw
 * @returns {Shop.Problem}
 */
const problemOf = (raw) => {
  const { error, status, statusCode, data } = raw || {};
  const told = (data && data.error) || {};
  return { error, status: status || statusCode, code: told.code, message: told.message, isBare: data === undefined };
};

/**
 * isTemporary says whether to send the same again: there was no answer, or one that
 * knows nothing yet. Errors 2 and 4 say that nothing was sent, and will not be.
 * @param {Shop.Problem} problem
 */
export const isTemporary = ({ error, status }) => {
  if (status !== undefined) {
    return status >= 500 || status === 429;
  }
  return error !== 2 && error !== 4;
};

/**
 * isRefused says that the shop itself refuses the order for good. Who is not logged in
 * was not heard, and a page of something in between says nothing about the order.
 * @param {Shop.Problem} problem
 */
export const isRefused = ({ status, code, isBare }) =>
  [400, 409, 422].includes(status || 0) && Boolean(code || isBare);

// An order is sent this often before the user is asked whether to go on.
const mostTries = 12;

/**
 * connect returns the calls of the shop at url, which must be on the mini program's
 * list of server domains. Its answers are in language.
 * @param {{ url: string, language: string, pause?: (milliseconds: number) => Promise<unknown> }} config
 */
export const connect = ({ url, language, pause = sleep }) => {
  let token = ""; // of this session; the wallet's tokens never leave the shop

  /**
   * @param {"GET" | "POST"} method
   * @param {string} path
   * @param {object} [data]
   */
  const request = async (method, path, data) => {
    /** @type {Record<string, string>} */
    const headers = { "Content-Type": "application/json", "Accept-Language": language };
    if (token) {
      headers.Authorization = `Bearer ${token}`;
    }
    /** @type {Record<string, unknown>} */
    const options = { url: `${url}/api${path}`, method, headers, dataType: "json", timeout };
    if (data) {
      options.data = JSON.stringify(data);
    }
    let answer;
    try {
      answer = await promise("request", options);
    } catch (raw) {
      throw problemOf(raw);
    }
    if (answer.status >= 400) {
      throw problemOf(answer);
    }
    return answer.data;
  };

  // login exchanges a code of the wallet for a session of the shop. It needs the
  // wallet, so it comes early: an order made while the wallet is away is still made.
  const login = async () => {
    const { authCode } = await promise("getAuthCode", { scopes: ["auth_base"] });
    token = "";
    token = (await request("POST", "/login", { authCode })).token;
  };

  /**
   * ask logs in first, and again if the session is over.
   * @param {"GET" | "POST"} method
   * @param {string} path
   * @param {object} [data]
   */
  const ask = async (method, path, data) => {
    for (let first = true; ; first = false) {
      if (!token) {
        await login();
      }
      try {
        return await request(method, path, data);
      } catch (raw) {
        const problem = /** @type {Shop.Problem} */ (raw);
        // Some wallets report error 19 for each error of HTTP, without its status.
        const isOver = problem.status === 401 || (problem.status === undefined && problem.error === 19);
        if (!isOver || !first) {
          throw problem;
        }
        token = "";
      }
    }
  };

  /**
   * createOrder makes an order. However often it is sent under one requestKey, the
   * shop makes one order of it, so a lost answer is asked for again without fear.
   * onRetry is told whether the shop answered at all.
   * @param {Shop.Wish} wish
   * @param {(answered: boolean) => void} onRetry
   * @returns {Promise<Shop.Order>}
   */
  const createOrder = async (wish, onRetry) => {
    const siteName = await promise("getSiteInfo").then((info) => info.siteName, () => "");
    const body = Object.assign({ siteName }, wish);
    for (let wait = 500, tries = 1; ; wait = Math.min(2 * wait, 4000), tries++) {
      /** @type {Shop.Problem} */
      let problem = { status: 503 }; // the shop waits for the wallet
      try {
        const order = /** @type {Shop.Order} */ (await ask("POST", "/orders", body));
        if (order.tradePay || order.state !== "created") {
          return order;
        }
      } catch (raw) {
        problem = /** @type {Shop.Problem} */ (raw);
      }
      if (!isTemporary(problem) || tries >= mostTries) {
        throw problem;
      }
      onRetry(problem.status !== undefined);
      await pause(wait);
    }
  };

  return {
    login,
    pause,
    createOrder,
    /** @returns {Promise<Shop.Item[]>} */
    catalogue: async () => (await request("GET", "/catalogue")).items,
    /** @param {string} id @returns {Promise<Shop.Order>} */
    findOrder: (id) => ask("GET", `/orders/${encodeURIComponent(id)}`),
    /** @param {string} id @returns {Promise<Shop.Order>} */
    cancelOrder: (id) => ask("POST", `/orders/${encodeURIComponent(id)}/cancel`),
    /** @param {string} [after] @returns {Promise<{ orders: Shop.Order[], next?: string }>} */
    listOrders: (after) => ask("GET", after ? `/orders?after=${encodeURIComponent(after)}` : "/orders"),
    /** @returns {Promise<{ active: boolean, ending: boolean }>} */
    agreement: () => ask("GET", "/agreement"),
    /** @returns {Promise<{ call: string, signContract: Record<string, string> }>} */
    prepareAgreement: () => ask("POST", "/agreement/prepare"),
    /** @param {{ authCode: string, authState: string }} signed @returns {Promise<{ active: boolean }>} */
    signAgreement: (signed) => ask("POST", "/agreement", signed),
    /** @returns {Promise<{ active: boolean }>} */
    endAgreement: () => ask("POST", "/agreement/end"),
  };
};
