import { words } from "../../shop/language.js";
import { money } from "../../shop/money.js";
import { follow, openCashier } from "../../shop/payment.js";

Page({
  data: {
    words: /** @type {Record<string, string>} */ ({}),
    known: false,
    title: "",
    amount: "",
    note: "",
    goods: "",
    number: "",
    pay: false,
    cancel: false,
    back: false,
  },
  id: "",
  wantsCashier: false, // opened to pay
  isShown: false,
  watch: 0, // the newest way of asking for the order; older ones end
  call: 0, // the cashier that is open, or 0
  calls: 0,
  resultCode: /** @type {string | undefined} */ (undefined),

  /** @param {unknown} query */
  onLoad(query) {
    const { id, pay } = /** @type {{ id: string, pay?: string }} */ (query);
    this.id = id;
    this.wantsCashier = pay === "1";
    const { t } = getApp().globalData;
    this.setData({ words: words(t, ["payNow", "cancel", "back"]), note: t("asking") });
  },

  onShow() {
    this.isShown = true;
    if (this.wantsCashier) {
      this.wantsCashier = false;
      this.onPay();
      return;
    }
    if (this.call) { // the user is back, and the cashier has not called back
      this.call = 0;
      this.resultCode = "6004";
    }
    this.ask();
  },

  onHide() {
    this.isShown = false;
    this.watch++;
  },

  onUnload() {
    this.isShown = false;
    this.watch++;
  },

  // ask shows what the shop says, until the order has come to rest or the page is left.
  ask() {
    const { shop, t } = getApp().globalData;
    this.watch++;
    const watch = this.watch;
    return follow({
      find: () => shop.findOrder(this.id),
      resultCode: this.resultCode,
      pause: shop.pause,
      isShown: () => this.isShown && this.watch === watch,
      show: (step, order) => this.draw(step, order),
      missing: () => this.setData({ known: false, note: t("missing"), pay: false, cancel: false, back: true }),
    });
  },

  /** @param {Shop.Step} step @param {Shop.Order | null} order */
  draw(step, order) {
    const { t, locale } = getApp().globalData;
    const { known, pay, cancel, back } = step;
    this.setData({ known, pay, cancel, back, note: t(step.note) });
    if (order) {
      this.setData({
        title: t(step.title), amount: money(order.display, locale), goods: order.title, number: order.id,
      });
    }
  },

  // wait shows that something is under way, with nothing to press.
  /** @param {string} note */
  wait(note) {
    this.watch++;
    this.setData({ known: false, pay: false, cancel: false, back: false, note: getApp().globalData.t(note) });
  },

  // onPay opens the cashier for what the shop says now, and then asks the shop. The same
  // order is the same payment, however often its cashier opens.
  async onPay() {
    if (this.call) {
      return; // a second tap
    }
    this.calls++;
    const call = this.calls;
    this.call = call;
    this.wait("loading");
    const order = await getApp().globalData.shop.findOrder(this.id).catch(() => null);
    if (order && order.tradePay && this.call === call) {
      this.resultCode = await openCashier(order);
    }
    if (this.call === call) {
      this.call = 0;
    }
    if (this.isShown && !this.call) {
      await this.ask();
    }
  },

  async onCancel() {
    this.wait("asking");
    await getApp().globalData.shop.cancelOrder(this.id).catch(() => {}); // the next answer tells how it went
    this.resultCode = undefined;
    if (this.isShown && !this.call) {
      await this.ask();
    }
  },

  onBackToShop() {
    my.switchTab({ url: "/pages/catalogue/catalogue" });
  },
});
