// Money is written as the shop writes it, 1050.00 ZAR, in the user's way. How many
// decimals a currency has is the shop's to know.

/**
 * money writes an amount. A phone that knows no languages shows it as the shop does.
 * @param {string} display
 * @param {string} locale such as es-MX
 */
export const money = (display, locale) => {
  const [, number, currency] = /^(\d+(?:\.\d+)?) (\w+)$/.exec(display) || [];
  if (!number || typeof Intl !== "object") {
    return display;
  }
  const digits = (number.split(".")[1] || "").length;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${Number(number).toLocaleString(locale, options)}\u00a0${currency}`;
};

/**
 * sum adds up items of the catalogue, for the eye: the shop counts for itself.
 * @param {Shop.Item[]} items
 * @param {(item: Shop.Item) => number} quantity
 * @param {string} locale
 */
export const sum = (items, quantity, locale) => {
  if (items.length === 0) {
    return "";
  }
  const [, decimals] = /\.(\d+)/.exec(items[0].display) || ["", ""];
  const value = items.reduce((all, item) => all + Number(item.price.value) * quantity(item), 0);
  return money(`${(value / 10 ** decimals.length).toFixed(decimals.length)} ${items[0].price.currency}`, locale);
};
