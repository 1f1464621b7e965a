// Small comforts. Every page works without this file.

// A file may be dropped on a drop zone; its name and size are shown.
for (const zone of document.querySelectorAll(".drop")) {
  const input = zone.querySelector("input[type=file]");
  const said = zone.querySelector("[data-chosen]");
  const show = () => {
    if (!said) return;
    said.textContent =
      [...input.files].map((file) => `${file.name} (${size(file.size)})`).join(", ") ||
      (said.dataset.none ?? "");
  };
  // The browser's own button speaks the browser's language: ours speaks the page's.
  const chooser = zone.querySelector(".chooser");
  if (chooser) {
    chooser.hidden = false;
    zone.classList.add("ready");
    show();
  }
  for (const name of ["dragenter", "dragover"])
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  for (const name of ["dragleave", "drop"])
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.remove("over");
    });
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    show();
  });
  input.addEventListener("change", show);
}

function size(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1024 && unit < 3) {
    bytes /= 1024;
    unit += 1;
  }
  return `${bytes.toFixed(unit ? 1 : 0)} ${units[unit]}`;
}

// Who takes a file, or has one made, sees how far it is: #sending asks, soon and again where it
// was too soon. (htmx itself would keep the link from giving the file.)
for (const [name, what] of [
  ["click", ".export"],
  ["submit", ".making"],
])
  document.addEventListener(name, (event) => {
    if (!event.target.closest(what)) return;
    const ask = () => document.getElementById("sending")?.dispatchEvent(new Event("sending"));
    for (const wait of [500, 1500, 4000]) setTimeout(ask, wait);
  });

// An upload shows how far it is: the same form, sent with progress.
for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    const bar = form.querySelector("progress");
    if (!bar) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    const button = form.querySelector("button[type=submit]");
    const text = form.querySelector("[data-sent]");
    button.disabled = true;
    bar.hidden = false;
    request.upload.addEventListener("progress", (sent) => {
      bar.max = sent.total || 1;
      bar.value = sent.loaded;
      if (text) text.textContent = `${size(sent.loaded)} / ${size(sent.total)}`;
    });
    request.addEventListener("load", () => {
      if (request.responseURL && request.status < 400 && request.responseURL !== form.action) {
        location.assign(request.responseURL);
      } else {
        document.open();
        document.write(request.responseText);
        document.close();
      }
    });
    request.addEventListener("error", () => {
      button.disabled = false;
      if (text) text.textContent = form.dataset.failed ?? "";
    });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.send(new FormData(form));
  });
}

// Dialogs open from a button; without scripts the same matter has a page of its own.
for (const opener of document.querySelectorAll("[data-dialog]"))
  opener.addEventListener("click", (event) => {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog?.showModal) return;
    event.preventDefault();
    dialog.showModal();
  });
for (const closer of document.querySelectorAll("[data-close]"))
  closer.addEventListener("click", (event) => {
    event.preventDefault();
    closer.closest("dialog")?.close();
  });

// Print buttons.
for (const button of document.querySelectorAll("[data-print]"))
  button.addEventListener("click", () => window.print());
