import { allow } from "../../shop/agreement.js";

Page({
  data: {
    words: /** @type {Record<string, string>} */ ({}),
    note: "",
    problem: "",
    canAllow: false,
    canEnd: false,
    failed: false,
  },
  step: 0, // what the page does now; what an earlier step brings is not shown

  onLoad() {
    const { t } = getApp().globalData;
    const texts = {
      agreement: t("agreement"), allow: t("agreement.allow"), end: t("agreement.end"), again: t("again"),
    };
    this.setData({ words: texts, note: t("loading") });
  },

  onShow() {
    this.ask("");
  },

  onHide() {
    this.step++;
  },

  onUnload() {
    this.step++;
  },

  // ask shows what the shop knows, and the problem that led here.
  /** @param {string} problem */
  async ask(problem) {
    const { shop, t } = getApp().globalData;
    const step = this.begin();
    let answer;
    try {
      answer = await shop.agreement();
    } catch (error) {
      answer = null;
    }
    if (this.step !== step) {
      return;
    }
    if (!answer) {
      this.setData({ note: "", problem: t("unreachable"), failed: true });
      return;
    }
    const { active, ending } = answer;
    if (ending) { // the customer's wish, which the wallet has not confirmed
      this.setData({ note: "", problem: t("agreement.notEnded"), canEnd: true });
      return;
    }
    this.setData({
      note: t(active ? "agreement.active" : "agreement.none"), problem: active ? "" : problem,
      canAllow: !active, canEnd: active,
    });
  },

  // begin takes the buttons away while something is under way.
  begin() {
    this.step++;
    const { t } = getApp().globalData;
    this.setData({ note: t("loading"), problem: "", canAllow: false, canEnd: false, failed: false });
    return this.step;
  },

  async onAllow() {
    const step = this.begin();
    const { shop, t } = getApp().globalData;
    const problem = await allow(shop, t);
    if (this.step === step) {
      await this.ask(problem);
    }
  },

  async onEnd() {
    const { shop, t } = getApp().globalData;
    const step = this.begin();
    const problem = await shop.endAgreement().then(() => "", () => t("agreement.notEnded"));
    if (this.step === step) {
      await this.ask(problem);
    }
  },
});
