// Keeps the result page true while something is still to come: asks the server
// every two seconds, and shows the new page when the state has changed. A form
// that somebody is filling in is left alone.
const order = document.getElementById("order");

async function look() {
  if (document.hidden || order.contains(document.activeElement)) return false;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("order");
  return now !== null && now.dataset.state !== order.dataset.state;
}

async function watch() {
  for (;;) {
    await new Promise((resume) => setTimeout(resume, 2000));
    try {
      if (await look()) {
        location.reload();
        return;
      }
    } catch {
      // The server is away for a moment: the next look finds it.
    }
  }
}

watch();
