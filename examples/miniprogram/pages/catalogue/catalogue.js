import { words } from "../../shop/language.js";
import { money, sum } from "../../shop/money.js";
import { isRefused, isTemporary } from "../../shop/server.js";

// What the page shows of an item of the catalogue.
/** @typedef {{ id: string, name: string, money: string, quantity: number, more: string, less: string }} Row */

Page({
  data: {
    words: /** @type {Record<string, string>} */ ({}),
    items: /** @type {Row[]} */ ([]),
    loading: true,
    total: "",
    canPay: false,
    hasAgreed: false, // the shop may charge without the cashier
    isSent: false, // a purchase that has no answer yet
    busy: "", // what is being done
    problem: "",
  },
  isShown: false,
  isBusy: false,
  next: "", // the page to go to when this one is seen again
  catalogue: /** @type {Shop.Item[]} */ ([]),

  onLoad() {
    const { t } = getApp().globalData;
    const keys = ["loading", "total", "locked", "sendAgain", "pay", "payAtOnce", "again"];
    this.setData({ words: words(t, keys) });
    if (my.canIUse("setTabBarItem")) {
      ["catalogue", "orders", "agreement"].forEach((key, index) => { my.setTabBarItem({ index, text: t(key) }); });
    }
  },

  onShow() {
    this.isShown = true;
    if (this.next) {
      this.open(this.next);
      return;
    }
    this.load();
  },

  onHide() {
    this.isShown = false;
  },

  onUnload() {
    this.isShown = false;
  },

  async load() {
    const { shop, purchase, t } = getApp().globalData;
    shop.agreement().then(({ active }) => this.setData({ hasAgreed: active }), () => {});
    try {
      this.catalogue = await shop.catalogue();
      purchase.keep(this.catalogue.map(({ id }) => id));
      this.setData({ problem: "" });
    } catch (problem) {
      this.setData({ problem: t("unreachable") });
    }
    this.setData({ loading: false });
    this.count();
  },

  // count draws the basket.
  count() {
    const { purchase, t, locale } = getApp().globalData;
    const items = this.catalogue.map(({ id, name, display }) => ({
      id, name, money: money(display, locale), quantity: purchase.quantity(id), more: t("more", { name }),
      less: t("less", { name }),
    }));
    this.setData({
      items,
      total: sum(this.catalogue, ({ id }) => purchase.quantity(id), locale),
      canPay: items.some(({ quantity }) => quantity > 0),
      isSent: purchase.isSent(),
    });
  },

  /** @param {{ target: { dataset: { id: string } } }} event */
  onMore(event) {
    this.change(event.target.dataset.id, 1);
  },

  /** @param {{ target: { dataset: { id: string } } }} event */
  onLess(event) {
    this.change(event.target.dataset.id, -1);
  },

  /** @param {string} id @param {number} by */
  change(id, by) {
    if (this.isBusy) {
      return;
    }
    getApp().globalData.purchase.change(id, by);
    this.count();
  },

  onPay() {
    return this.buy("");
  },

  onPayAtOnce() {
    return this.buy("agreement");
  },

  // buy makes the order. The page of the order does all the rest.
  /** @param {"" | "agreement"} payBy */
  async buy(payBy) {
    if (this.isBusy) {
      return; // a second tap
    }
    this.isBusy = true;
    const { shop, purchase, t } = getApp().globalData;
    this.setData({ problem: "", busy: t("ordering") });
    const wish = purchase.send(payBy); // or as it was sent before
    try {
      const order = await shop.createOrder(wish, (answered) => {
        this.setData({ busy: t(answered ? "waiting" : "retrying") });
      });
      purchase.done();
      this.open(`/pages/order/order?id=${order.id}${order.tradePay ? "&pay=1" : ""}`);
    } catch (raw) {
      const problem = /** @type {Shop.Problem} */ (raw);
      let text = t("unreachable");
      if (isRefused(problem)) {
        purchase.refused();
        text = problem.message || t("refused");
      } else if (problem.status && isTemporary(problem)) {
        text = t(wish.payBy ? "stillAsking" : "stuck"); // without the cashier, it may be paid
      }
      this.setData({ problem: text });
    }
    this.isBusy = false;
    this.setData({ busy: "" });
    this.count();
  },

  // open goes to a page, at once or when the user is back on this one.
  /** @param {string} url */
  open(url) {
    this.next = this.isShown ? "" : url;
    if (this.isShown) {
      my.navigateTo({ url });
    }
  },
});
