import { config } from "./config.js";
import { languageOf, translator } from "./shop/language.js";
import { newPurchase } from "./shop/purchase.js";
import { connect } from "./shop/server.js";

// What is not finished outlives the mini program.
const storage = {
  load: () => /** @type {Shop.Purchase | null} */ (my.getStorageSync({ key: "purchase" }).data || null),
  /** @param {Shop.Purchase} purchase */
  save: (purchase) => { my.setStorageSync({ key: "purchase", data: purchase }); },
};

App({
  globalData: /** @type {Shop.Globals} */ ({}),

  onLaunch() {
    const system = my.getSystemInfoSync().language;
    const language = languageOf(system);
    this.globalData.t = translator(language);
    this.globalData.locale = /^(es|en)[-_][A-Za-z]{2}$/.test(system) ? system.replace("_", "-") : language;
    this.globalData.shop = connect({ url: config.server, language });
    this.globalData.purchase = newPurchase(storage);
    this.globalData.shop.login().catch(() => {}); // the first request that needs it tries again
  },
});
