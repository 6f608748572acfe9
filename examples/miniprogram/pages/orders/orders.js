import { words } from "../../shop/language.js";
import { money } from "../../shop/money.js";

/** @typedef {{ id: string, money: string, text: string, title: string, label: string }} Row */

Page({
  data: {
    words: /** @type {Record<string, string>} */ ({}),
    orders: /** @type {Row[]} */ ([]),
    next: "", // where older orders begin
    note: "",
    failed: false,
  },
  isBusy: false,
  visit: 0, // of the page; what arrives late for an earlier one is dropped

  onLoad() {
    const { t } = getApp().globalData;
    this.setData({ words: words(t, ["older", "again"]), note: t("loading") });
  },

  onShow() {
    this.visit++;
    this.load("");
  },

  onHide() {
    this.visit++;
  },

  onUnload() {
    this.visit++;
  },

  async onOlder() {
    if (this.isBusy) {
      return; // a second tap
    }
    this.isBusy = true;
    await this.load(this.data.next);
    this.isBusy = false;
  },

  // load shows the newest orders, or adds those after one.
  /** @param {string} after */
  async load(after) {
    const { shop, t, locale } = getApp().globalData;
    const visit = this.visit;
    let page;
    try {
      page = await shop.listOrders(after);
    } catch (problem) {
      if (this.visit === visit) {
        this.setData({ note: t("unreachable"), failed: true });
      }
      return;
    }
    if (this.visit !== visit) {
      return;
    }
    const rows = page.orders.map(({ id, display, text, title }) => {
      const amount = money(display, locale);
      return { id, money: amount, text, title, label: t("open", { id, amount, state: text }) };
    });
    const orders = after ? this.data.orders.concat(rows) : rows;
    this.setData({ orders, next: page.next || "", failed: false, note: orders.length ? "" : t("noOrders") });
  },

  /** @param {{ currentTarget: { dataset: { id: string } } }} event */
  onOrder(event) {
    my.navigateTo({ url: `/pages/order/order?id=${event.currentTarget.dataset.id}` });
  },
});
