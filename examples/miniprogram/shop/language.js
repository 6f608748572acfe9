// The languages of the mini program.

import { texts } from "./texts.js";

/**
 * languageOf chooses one for what the phone calls its language, such as es-MX, es_MX
 * or Spanish.
 * @param {string | undefined} system
 * @returns {"en" | "es"}
 */
export const languageOf = (system) => (/^\s*(es|spa|españ|cast)/i.test(system || "") ? "es" : "en");

/**
 * translator returns the texts of a language. A text that is not there is its key.
 * @param {"en" | "es"} language
 */
export const translator = (language) => {
  const column = language === "es" ? 1 : 0;
  /**
   * @param {string} key
   * @param {Record<string, string>} [values]
   */
  const t = (key, values = {}) => {
    const text = /** @type {Record<string, string[]>} */ (texts)[key];
    return (text ? text[column] : key).replace(/\{(\w+)\}/g, (braces, name) => values[name] || braces);
  };
  return t;
};

/**
 * words returns some texts under their own names, for a page's data.
 * @param {(key: string) => string} t
 * @param {string[]} keys
 */
export const words = (t, keys) => {
  /** @type {Record<string, string>} */
  const found = {};
  keys.forEach((key) => { found[key] = t(key); });
  return found;
};
