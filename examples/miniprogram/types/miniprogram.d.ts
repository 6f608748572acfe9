// What @mini-types lacks: calls and arguments of wallets other than Alipay, the timer
// of the runtime, and the shapes of the shop's own answers.

declare namespace my {
  interface Failure {
    error?: number | string;
    errorMessage?: string;
  }

  /** What the shop's tradePay holds: paymentUrl, or tradeNO in some wallets. */
  interface PaymentCall {
    paymentUrl?: string;
    tradeNO?: string;
    success?(result: { resultCode: string }): void;
    fail?(failure: Failure): void;
    complete?(result: { resultCode?: string } & Failure): void;
  }

  /** https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_tradepay has paymentUrl. */
  export function tradePay(call: PaymentCall): void;

  /** The cashier of wallets such as Toka. */
  export function pay(call: PaymentCall): void;

  /** The page on which a payer agrees to later payments. error is 6001, 6002, 7001 or 7002. */
  export function signContract(call: {
    signStr: string;
    success?(result: { authCode: string; authState: string }): void;
    fail?(failure: Failure): void;
  }): void;

  /** Which wallet of Alipay+ the mini program runs in. */
  export function getSiteInfo(call: {
    success?(result: { siteName: string }): void;
    fail?(failure: Failure): void;
  }): void;
}

declare function setTimeout(done: () => void, milliseconds: number): number;

declare namespace Shop {
  interface Amount {
    currency: string;
    value: string;
  }

  interface Item {
    id: string;
    name: string;
    price: Amount;
    display: string;
  }

  interface Order {
    id: string;
    state: string;
    text: string;
    title: string;
    display: string;
    tradePay?: { paymentUrl?: string; tradeNO?: string };
    cashier?: string;
  }

  /** How a request ended: with the shop's status and code, or without an answer. */
  interface Problem {
    error?: number;
    status?: number;
    code?: string;
    message?: string;
    /** The wallet gave no body. */
    isBare?: boolean;
  }

  /** What the shop is asked for. There is no price in it. */
  interface Wish {
    items: { id: string; quantity: number }[];
    requestKey: string;
    payBy: "" | "agreement" | "reserve";
  }

  interface Purchase {
    basket: Record<string, number>;
    requestKey: string;
    sent: boolean;
    payBy: "" | "agreement" | "reserve";
  }

  /** What a page shows of an order: texts by their keys, and which buttons. */
  interface Step {
    known: boolean;
    title: string;
    note: string;
    pay: boolean;
    cancel: boolean;
    back: boolean;
    again: boolean;
  }

  interface Globals {
    shop: ReturnType<typeof import("../shop/server.js").connect>;
    purchase: ReturnType<typeof import("../shop/purchase.js").newPurchase>;
    t: ReturnType<typeof import("../shop/language.js").translator>;
    locale: string;
  }
}

interface IGlobalMiniProgramExtraThis4App {
  globalData: Shop.Globals;
}
