// Passkeys: the only thing of signing in that needs a script. Without it, password and code work.
const ready =
  window.isSecureContext &&
  typeof window.PublicKeyCredential?.parseCreationOptionsFromJSON === "function" &&
  typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

const ways = {
  "sign-in": {
    options: "/sign-in/passkey/options",
    answer: (box) => `/sign-in/passkey?next=${encodeURIComponent(box.dataset.next || "/")}`,
    ask: (options) =>
      navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  },
  register: {
    options: "/account/passkeys/options",
    answer: () => `/account/passkeys?name=${encodeURIComponent(device())}`,
    ask: (options) =>
      navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  },
};

// A name to tell one passkey from another in the list; nothing is decided by it.
function device() {
  const known = navigator.userAgentData?.platform || navigator.platform || "";
  return known.slice(0, 40);
}

async function post(address, csrf, body) {
  const answer = await fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRF": csrf },
    body: body === undefined ? "{}" : JSON.stringify(body),
  });
  const kind = answer.headers.get("Content-Type") || "";
  const told = kind.includes("json") ? await answer.json() : {};
  return { ok: answer.ok, told };
}

async function go(box) {
  const way = ways[box.dataset.passkey];
  const wrong = box.querySelector("[role=alert]");
  const say = (text) => {
    wrong.textContent = text;
    wrong.hidden = false;
  };
  wrong.hidden = true;
  const first = await post(way.options, box.dataset.csrf);
  if (!first.ok) {
    if (first.told.next) location.assign(first.told.next);
    else say(first.told.error || box.dataset.failed);
    return;
  }
  let credential;
  try {
    credential = await way.ask(first.told);
  } catch {
    say(box.dataset.failed);
    return;
  }
  const second = await post(way.answer(box), box.dataset.csrf, credential.toJSON());
  if (second.told.next) location.assign(second.told.next);
  else say(second.told.error || box.dataset.failed);
}

if (ready) {
  for (const box of document.querySelectorAll("[data-passkey]")) {
    const button = box.querySelector("button");
    box.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await go(box);
      } finally {
        button.disabled = false;
      }
    });
  }
}
