// The program speaks the phone's language, and so does the shop.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Phone } from "./phone.mjs";

for (const language of ["es-MX", "es_CL", "es", "Spanish", "español"]) {
  test(language, async () => {
    const phone = new Phone({ language }).launch();
    assert.deepEqual(phone.tabs, ["Catálogo", "Mis pedidos", "Pagar al instante"]);
    await phone.until("Café");
    phone.tap("Uno más: Café");
    phone.tap("Pagar el pedido");
    await phone.until("¡Gracias!");
    phone.tab("pages/orders/orders");
    await phone.until("Pagado y entregado"); // the shop's word
  });
}

test("a wallet whose tabs keep their names", async () => {
  const phone = new Phone({ language: "es", calls: { setTabBarItem: null } }).launch();
  await phone.until("Café");
  assert.deepEqual(phone.tabs, []);
});

for (const language of ["en-US", "en", "English", "zh-Hans", ""]) {
  test(`${language || "no language"} is English`, async () => {
    const phone = new Phone({ language }).launch();
    assert.equal(phone.tabs[0], "Catalogue");
    await phone.until("Coffee");
  });
}
