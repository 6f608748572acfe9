// The buttons that make trouble.

import { t } from "./texts.js";

const buttons = new Map([...document.querySelectorAll("[data-trouble]")].map((button) => [button.dataset.trouble, button]));
const told = document.getElementById("trouble-told");

const press = async (name) => {
  const what = t(`trouble.${name}`);
  try {
    const response = await fetch(`/trouble/${name}?lang=${document.documentElement.lang}`, { method: "POST" });
    told.textContent = response.ok ? t(response.status === 202 ? "trouble.armed" : "trouble.done", { what }) : t("trouble.failed", { why: (await response.json()).error });
  } catch (error) {
    told.textContent = t("trouble.failed", { why: error.message });
  }
};

export const watchTrouble = () => {
  for (const [name, button] of buttons) {
    button.addEventListener("click", () => press(name));
  }
  return {
    // show says which faults wait, and who is down.
    show: ({ armed, walletDown, merchantDown }) => {
      for (const [name, button] of buttons) {
        const count = armed.filter((fault) => fault.name === name).length;
        const down = (name === "wallet" && walletDown) || (name === "merchant" && merchantDown);
        const note = button.querySelector(".note");
        button.classList.toggle("armed", count > 0 || down);
        note.textContent = down ? t(`trouble.${name}.now`) : count > 0 ? t("trouble.waiting") + (count > 1 ? ` × ${count}` : "") : note.dataset.note;
      }
    },
  };
};
