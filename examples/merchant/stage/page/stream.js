// follow reads the journal of the server: server-sent events. The browser
// reconnects by itself and says what it has seen last, so nothing is lost.
export const follow = (handlers, connected) => {
  const source = new EventSource("/events");
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => {
    connected(false);
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => follow(handlers, connected), 2000); // and gets everything anew
    }
  });
};
