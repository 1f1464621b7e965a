// The end of a session, told before it comes. The server decides it; this only asks and warns.
const box = document.querySelector("dialog[data-awake]");
const EVERY = 20_000; // Milliseconds between two acts that are told to the server.

function watch(box) {
  const idle = Number(box.dataset.idle);
  const poll = Number(box.dataset.poll) * 1000;
  const warn = Math.min(60, Math.floor(idle / 2));
  let end = Date.now() + idle * 1000;
  let asked = Date.now();
  let told = Date.now();
  let acted = false;

  async function ask(awake) {
    asked = Date.now();
    if (awake) {
      told = asked;
      acted = false;
    }
    let answer;
    try {
      answer = await fetch(box.dataset.awake, {
        redirect: "manual",
        cache: "no-store",
        headers: awake ? {} : { "X-Sekisho-Poll": "1" },
      });
    } catch {
      return; // The network is away: nothing is known, and the server ends it by itself.
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      location.replace(leave(box));
    } else if (answer.ok) {
      end = Date.now() + (await answer.json()).left * 1000;
    }
  }

  async function tick() {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (box.open) {
      box.querySelector("[data-left]").textContent = String(Math.max(0, left));
      if (left > warn) box.close();
    }
    if (acted && !box.open && Date.now() - told > EVERY) await ask(true);
    else if (left <= 0 || Date.now() - asked > poll || (left <= warn && !box.open)) await ask(false);
    if (!box.open && end - Date.now() <= warn * 1000) box.showModal();
  }

  const act = () => {
    acted = true;
  };
  box.observe = (view) => {
    for (const kind of ["pointerdown", "keydown", "wheel"])
      view.addEventListener(kind, act, { passive: true, capture: true });
    view.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey && event.altKey && event.code === "KeyK")) return;
      event.preventDefault();
      const form = document.getElementById("leave");
      form.requestSubmit(form.querySelector("[name=to]"));
    });
  };
  box.ask = ask;
  box.observe(window);
  box.querySelector("[data-stay]").addEventListener("click", async () => {
    box.close();
    await ask(true);
  });
  box.addEventListener("cancel", (event) => event.preventDefault());
  setInterval(tick, 1000);
}

// Where to go when the session has ended; a page with a frame in it says where the frame is.
function leave(box) {
  return box.leave ? box.leave() : box.dataset.leave;
}

if (box) watch(box);
