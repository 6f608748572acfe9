// Shows times in the viewer's zone and amounts as the viewer's region writes
// them. The page says both without this module, too: in UTC, with a point.
const language = document.documentElement.lang;
const locale = navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;

for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" });
}

for (const data of document.querySelectorAll("data[value]")) {
  const [number, currency] = data.value.split(" ");
  const digits = number.split(".")[1]?.length ?? 0;
  data.textContent = `${Number(number).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })}\u00a0${currency}`;
}
