// The bar of a shared terminal follows the system shown under it, so that its page is not lost.
const frame = document.querySelector("iframe");
const box = document.querySelector("dialog[data-awake]");
const form = document.getElementById("leave");
const next = form.querySelector("[name=next]");
const seen = new WeakSet();

// Where the system is now. Another host's page (the door, once the session has ended) is not told.
function follow() {
  try {
    const view = frame.contentWindow;
    if (view.location.origin !== location.origin) return;
    next.value = view.location.pathname + view.location.search;
    if (seen.has(view.document)) return;
    seen.add(view.document);
    box.observe(view);
  } catch {
    box.ask(false);
  }
}

box.leave = () => {
  follow();
  return `${location.pathname}?next=${encodeURIComponent(next.value)}`;
};
frame.addEventListener("load", follow);
form.addEventListener("submit", follow);
follow();
