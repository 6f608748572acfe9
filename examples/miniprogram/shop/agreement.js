// The agreement by which the shop charges without the cashier.

import { promise } from "./server.js";

// What a call of my.signContract that fails has said. The shop knows of nothing then,
// and charges nothing.
/** @type {Record<string, string>} */
const failures = { 6001: "agreement.left", 6002: "agreement.network", 7001: "agreement.unknown" };

/**
 * allow opens the wallet's page, and gives the shop what it brings. It returns a text: why
 * the shop may not charge, or "".
 * @param {Pick<ReturnType<typeof import("./server.js").connect>, "prepareAgreement" | "signAgreement">} shop
 * @param {(key: string) => string} t
 */
export const allow = async (shop, t) => {
  let prepared;
  try {
    prepared = await shop.prepareAgreement();
  } catch (raw) {
    return /** @type {Shop.Problem} */ (raw).message || t("unreachable");
  }
  let signed;
  try {
    signed = await promise(prepared.call, prepared.signContract);
  } catch (failure) {
    return t(failures[/** @type {my.Failure} */ (failure).error || ""] || "agreement.failed");
  }
  const { authCode, authState } = signed;
  try {
    await shop.signAgreement({ authCode, authState });
  } catch (raw) {
    return t("agreement.unconfirmed"); // unless the shop says that it is there
  }
  return "";
};
