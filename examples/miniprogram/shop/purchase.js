// A purchase is a basket and the key under which the shop makes one order of it.
//
// From the moment it is sent until the shop has answered, it stays as it is: it may
// have become an order, and one by agreement may have been charged. So it is sent again
// as it was, after the mini program was closed, too, and never beside another one.

const mostOfOne = 9;

// newKey needs no secrecy: the session keeps others away.
const newKey = () => Date.now().toString(36) + [1, 2, 3].map(() => Math.random().toString(36).slice(2, 12)).join("");

/**
 * newPurchase goes on with what is stored, or begins anew.
 * @param {{ load: () => Shop.Purchase | null, save: (purchase: Shop.Purchase) => void }} [storage]
 */
export const newPurchase = (storage = { load: () => null, save: () => {} }) => {
  /** @returns {Shop.Purchase} */
  const empty = () => ({ basket: {}, requestKey: newKey(), sent: false, payBy: "" });
  const stored = storage.load();
  let now = stored && stored.basket && stored.requestKey ? stored : empty();
  const save = () => storage.save(now);

  /** @param {string} id */
  const quantity = (id) => now.basket[id] || 0;
  return {
    quantity,
    isSent: () => now.sent,

    /**
     * change puts more of an item into the basket, or less. Another basket is another
     * purchase.
     * @param {string} id
     * @param {number} by
     */
    change: (id, by) => {
      if (now.sent) {
        return;
      }
      now.basket[id] = Math.min(mostOfOne, Math.max(0, quantity(id) + by));
      now.requestKey = newKey();
      save();
    },

    /**
     * keep drops what the shop does not sell anymore.
     * @param {string[]} ids
     */
    keep: (ids) => {
      if (now.sent) {
        return;
      }
      Object.keys(now.basket).filter((id) => !ids.includes(id)).forEach((id) => { delete now.basket[id]; });
      save();
    },

    /**
     * send returns what to ask the shop for. What was sent before is sent as it was.
     * @param {Shop.Wish["payBy"]} payBy
     * @returns {Shop.Wish}
     */
    send: (payBy) => {
      if (!now.sent) {
        now.sent = true;
        now.payBy = payBy;
        save();
      }
      const items = Object.keys(now.basket).filter((id) => now.basket[id] > 0);
      return {
        items: items.map((id) => ({ id, quantity: now.basket[id] })), requestKey: now.requestKey, payBy: now.payBy,
      };
    },

    // done: the shop has made an order of it.
    done: () => {
      now = empty();
      save();
    },

    // refused: the shop will make no order of it. The basket stays.
    refused: () => {
      now = Object.assign(empty(), { basket: now.basket });
      save();
    },
  };
};
