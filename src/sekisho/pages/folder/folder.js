// ---- the folder -----------------------------------------------------------------------------
// The whole folder, or its ZIP, is given by hand: a page opened as a file may read nothing else.
const find = (id) => document.getElementById(id);
const WORDS = JSON.parse(find("words").textContent);
const say = (id, values = {}) => (WORDS[id] || WORDS["wrong"]).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
const SUMS = "SHA256SUMS", PROVED = "folder.tlog-proof";
const word = (view, at) => view.getUint16(at, true), long = (view, at) => view.getUint32(at, true);
/** The files of a ZIP by name (APPNOTE 4.3): stored or deflated, nothing else. */
async function unpacked(file) {
  const tail = new DataView(await file.slice(-66000).arrayBuffer()), found = new Map();
  let end = tail.byteLength - 22;
  while (end >= 0 && long(tail, end) !== 0x06054b50) end -= 1;
  ask(end >= 0, "zip");
  const count = word(tail, end + 10), start = long(tail, end + 16);
  const list = new DataView(await file.slice(start, start + long(tail, end + 12)).arrayBuffer());
  for (let number = 0, at = 0; number < count; number += 1) {
    ask(at + 46 <= list.byteLength && long(list, at) === 0x02014b50, "zip");
    const method = word(list, at + 10), packed = long(list, at + 20), from = long(list, at + 42);
    const length = word(list, at + 28);
    const name = new TextDecoder().decode(new Uint8Array(list.buffer, at + 46, length));
    const head = new DataView(await file.slice(from, from + 30).arrayBuffer());
    ask(head.byteLength === 30 && long(head, 0) === 0x04034b50 && (method === 0 || method === 8), "zip");
    const begin = from + 30 + word(head, 26) + word(head, 28), raw = file.slice(begin, begin + packed);
    ask(!found.has(name), "zip");
    if (!name.endsWith("/")) found.set(name, method ? await new Response(raw.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob() : raw);
    at += 46 + length + word(list, at + 30) + word(list, at + 32);
  }
  return found;
}
/** What was chosen, by the name inside the folder. */
async function given(files) {
  if (files.length === 1 && files[0].name.toLowerCase().endsWith(".zip")) return within(await unpacked(files[0]));
  return within(new Map(files.map((file) => [file.webkitRelativePath || file.name, file])));
}
function within(files) {
  const list = [...files.keys()].find((name) => name === SUMS || name.endsWith(`/${SUMS}`));
  ask(list !== undefined, "no_list");
  const root = list.slice(0, -SUMS.length);
  return new Map([...files].filter(([name]) => name.startsWith(root)).map(([name, file]) => [name.slice(root.length), file]));
}
const bytesOf = async (file) => new Uint8Array(await file.arrayBuffer());
/** Check each file against the list; give the list's digest and the files that are wrong. */
async function compared(files, step) {
  const list = await bytesOf(files.get(SUMS)), wrong = [], lines = text8(list, "list").split("\n");
  ask(lines.pop() === "" && lines.length > 0, "list");
  const wanted = new Map(lines.map((line) => { const [, sum, name] = /^([0-9a-f]{64}) {2}([\w./-]+)$/.exec(line) || []; ask(sum, "list"); return [name, sum]; }));
  ask(wanted.size === lines.length, "list");
  let done = 0;
  for (const [name, sum] of wanted) {
    if (!files.has(name)) wrong.push(["gone", name]);
    else if (hex(await sha256(await bytesOf(files.get(name)))) !== sum) wrong.push(["changed", name]);
    step(done += 1, wanted.size);
  }
  for (const name of files.keys()) if (!wanted.has(name) && name !== SUMS && name !== PROVED) wrong.push(["extra_file", name]);
  return { digest: hex(await sha256(list)), wrong, count: wanted.size };
}
/** Whether the record in the proof names the list, and is in the signed record. */
async function recorded(files, digest, keyText) {
  ask(files.has(PROVED), "no_proof");
  const line = fromProof(text8(await bytesOf(files.get(PROVED)), "proof"));
  ask(line.object === "inspection/folder" && String(line.reason).split(" ").includes(`sha256:${digest}`), "other_list");
  if (!keyText.trim()) return { line, check: null };
  const check = new Check(await readKey(keyText, 1), [], null);
  await check.line(line);
  return { line, check };
}
function made(tag, text, kind = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}
function show(kind, mark, title, lines, facts = []) {
  const box = made("div", "", `verdict ${kind}`), list = document.createElement("dl");
  box.append(made("b", `${mark} ${title}`), ...lines.map((line) => made("p", line)));
  for (const [name, value] of facts) list.append(made("dt", say(name)), made("dd", value));
  find("result").replaceChildren(box, list);
}
let chosen = [];
function choose(files) {
  chosen = [...files];
  find("chosen").textContent = chosen.length === 1 ? chosen[0].name : say("files", { n: chosen.length });
}
async function verify() {
  if (!globalThis.crypto?.subtle || !globalThis.DecompressionStream) return show("un", "?", say("not_begun"), [say("no_crypto")]);
  if (!chosen.length) return show("un", "?", say("not_begun"), [say("choose")]);
  try {
    const files = await given(chosen), step = (done, all) => Object.assign(find("progress"), { hidden: false, max: all, value: done });
    const { digest, wrong, count } = await compared(files, step);
    if (wrong.length) return show("bad", "✗", say("bad"), wrong.map(([id, name]) => say(id, { name })));
    const { line, check } = await recorded(files, digest, find("key").value);
    const facts = [["count", String(count)], ["record", String(line.index)], ["recorded_at", line.recorded_at]];
    if (!check) return show("un", "△", say("half"), [say("half_means")], facts);
    facts.push(["origin", check.signed.origin], ["print", hex(check.signed.root).toUpperCase().match(/.{4}/g).join(" ")]);
    return show("ok", "✓", say("good"), [say("good_means", { n: count })], facts);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return show("bad", "✗", say("bad"), [say(error.message)]);
  }
}
for (const id of ["zip", "folder"]) find(id).addEventListener("change", (event) => choose(event.target.files));
find("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  find("result").replaceChildren();
  try { await verify(); } catch { show("un", "?", say("not_begun"), [say("stopped")]); }
  find("progress").hidden = true;
  button.disabled = false;
});
