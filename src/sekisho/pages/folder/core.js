// ---- bytes ----------------------------------------------------------------------------------
class Wrong extends Error {}
const ask = (holds, what) => { if (!holds) throw new Wrong(what); };
const utf8 = new TextEncoder();
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
}
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
/** The bytes of base64 in its one right form. */
function decoded(text, what) {
  let raw;
  try { raw = atob(text); } catch { throw new Wrong(what); }
  ask(btoa(raw) === text, what);
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

// ---- signatures: Ed25519 by the browser, or by RFC 8032 with whole numbers -------------------
const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % P) + P) % P;
function power(base, exponent) {
  let found = 1n;
  for (let square = mod(base); exponent > 0n; exponent >>= 1n, square = mod(square * square)) if (exponent & 1n) found = mod(found * square);
  return found;
}
const D = mod(-121665n * power(121666n, P - 2n)), ROOT = power(2n, (P - 1n) / 4n);
const little = (bytes) => bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
/** The point [x, y, z, t] that 32 bytes mean; null where they mean none (RFC 8032, 5.1.3). */
function point(bytes) {
  const all = little(bytes), sign = all >> 255n, y = all & (2n ** 255n - 1n);
  if (y >= P) return null;
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * ROOT);
  if (mod(x * x) !== square || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}
function plus([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * t1 * t2 * D), d = mod(2n * z1 * z2);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
function times(number, at) {
  let found = [0n, 1n, 1n, 0n];
  for (; number > 0n; number >>= 1n, at = plus(at, at)) if (number & 1n) found = plus(found, at);
  return found;
}
/** Whether `signature` of `message` holds under the public key (RFC 8032, 5.1.7). */
async function holdsByPage(key, signature, message) {
  const base = point(unhex("58" + "66".repeat(31))), theirs = point(key);
  if (signature.length !== 64 || theirs === null) return false;
  const r = signature.slice(0, 32), s = little(signature.slice(32));
  if (s >= L) return false;
  const k = little(new Uint8Array(await crypto.subtle.digest("SHA-512", join(r, key, message)))) % L;
  const [x, y, z, t] = theirs;
  const [px, py, pz] = plus(times(s, base), times(k, [P - x, y, z, mod(-t)]));
  const inverse = power(pz, P - 2n), ours = mod(py * inverse) | ((mod(px * inverse) & 1n) << 255n);
  return little(r) === ours;
}
let by = "by_browser";
async function holds(key, signature, message) {
  let handle;
  try {
    handle = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    by = "by_page";
    return holdsByPage(key, signature, message);
  }
  by = "by_browser";
  return crypto.subtle.verify({ name: "Ed25519" }, handle, signature, message);
}
/** The key in a text (section 5): kind 1 signs a record, kind 4 is a witness's. */
async function readKey(text, kind) {
  const parts = text.replace(/\s+/g, "").split("+");
  ask(parts.length >= 3, "key");
  const [name, short] = parts, raw = decoded(parts.slice(2).join("+"), "key");
  ask(raw.length === 33 && raw[0] === kind, "key");
  ask(hex((await sha256(utf8.encode(`${name}\n`), raw)).slice(0, 4)) === short, "key");
  return { name, short, raw: raw.slice(1) };
}
/** A note's signed part and its signatures, none of them checked yet (section 5). */
function note(text) {
  const cut = text.lastIndexOf("\n\n"), tail = text.slice(cut + 2);
  ask(cut >= 0 && tail.endsWith("\n"), "checkpoint");
  const lines = tail.slice(0, -1).split("\n").map((line) => line.split(" "));
  ask(lines.every((line) => line.length === 3 && line[0] === "—"), "checkpoint");
  return { body: text.slice(0, cut + 1), given: lines.map(([, name, data]) => [name, decoded(data, "checkpoint")]) };
}
const ours = ({ given }, who) => given.filter(([name, raw]) => name === who.name && hex(raw.slice(0, 4)) === who.short);
/** Ask for the signature of a log's key, or the cosignature of a witness's (section 11). */
async function signed(opened, who, witness) {
  const mine = ours(opened, who);
  ask(mine.length > 0, witness ? "witness" : "signer");
  for (const [, raw] of mine) {
    // A cosignature begins with its time.
    const time = witness ? `cosignature/v1\ntime ${BigInt(`0x${hex(raw.slice(4, 12))}`)}\n` : "";
    ask(await holds(who.raw, raw.slice(witness ? 12 : 4), utf8.encode(time + opened.body)), witness ? "witness" : "signature");
  }
}
/** Size and root of a checkpoint that the key and all witnesses signed (section 5). */
async function opened(text, key, witnesses) {
  const read = note(text), found = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]+)\n(?:[^\n]+\n)*$/.exec(read.body);
  ask(found, "checkpoint");
  ask(found[1] === key.name, "signer");
  await signed(read, key, false);
  for (const who of witnesses) await signed(read, who, true);
  return { origin: found[1], size: Number(found[2]), root: decoded(found[3], "checkpoint") };
}
/** The key to which `key` hands over in a note; itself where the note is not ours (section 15). */
async function after(text, key) {
  const read = note(text), found = /^[^\n]+\nsekisho-key-rotation-1\n[^\n]+\n([^\n]+)\n\d+\n[^\n]+\n$/.exec(read.body);
  if (!found || !ours(read, key).length) return key;
  const next = await readKey(found[1], 1);
  ask(next.name === key.name, "signer");
  for (const who of [key, next]) await signed(read, who, false);
  return next;
}

// ---- the tree ---------------------------------------------------------------------------------
const NODE = Uint8Array.of(1), LEAF = Uint8Array.of(0);
/** The root that an audit path gives (RFC 9162, 2.1.3.2); `known` holds the hashes of the path before. */
async function rootFrom(leaf, index, size, path, known) {
  let first = index, last = size - 1, found = leaf;
  const half = (number) => Math.floor(number / 2), before = new Map(known);
  known.clear();
  for (const step of path) {
    ask(last > 0, "root");
    const right = first % 2 === 1 || first === last, at = `${last}:${first}`;
    let one = before.get(at);
    // The same two hashes in the same place give the same one: not computed again.
    if (!one || !same(one.found, found) || !same(one.step, step)) one = { found, step, over: await sha256(NODE, ...(right ? [step, found] : [found, step])) };
    known.set(at, one);
    found = one.over;
    if (right) while (first % 2 === 0 && first > 0) { first = half(first); last = half(last); }
    first = half(first); last = half(last);
  }
  ask(last === 0, "root");
  return found;
}
/** The root over leaf hashes (RFC 6962, 2.1). */
async function rootOf(leaves) {
  let row = leaves;
  while (row.length > 1) {
    const next = [];
    for (let at = 0; at < row.length; at += 2) next.push(at + 1 < row.length ? await sha256(NODE, row[at], row[at + 1]) : row[at]);
    row = next;
  }
  return row.length ? row[0] : sha256();
}

// ---- lines --------------------------------------------------------------------------------------
const PROOF = ["canonical", "salt", "tlog_proof"], HIDDEN = ["digest", "key"], GONE = "entry,erased_by,index,tlog_proof", KIND = "c2sp.org/tlog-proof@v1", LONGEST = 2 ** 24;
/** Whether JSON could be read in two ways: a key twice, or a number that is not whole and safe. */
function twofold(text) {
  const open = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|-?\d[\d.eE+-]*|[{}[\]]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) {
      const name = JSON.parse(token.slice(0, -1)), names = open.at(-1);
      if (names.has(name)) return true;
      names.add(name);
    } else if (!token.startsWith('"') && !(/^\d+$/.test(token) && Number.isSafeInteger(Number(token)))) return true;
  }
  return false;
}
/** A JSON object that can be read in one way only. */
function parsed(text, what) {
  let found;
  try { found = JSON.parse(text); } catch { throw new Wrong(what); }
  ask(found !== null && typeof found === "object" && !Array.isArray(found) && !twofold(text), what);
  return found;
}
/** An object's canonical text (section 2). */
function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${written(value[name])}`).join(",")}}`;
}
const without = (record, names) => Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
const text8 = (bytes, what) => { try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { throw new Wrong(what); } };
/** The line that a .tlog-proof stands for. */
function fromProof(text) {
  const found = /^[^\n]+\nextra ([^\n]+)\nindex ([0-9]{1,15})\n/.exec(text);
  ask(found, "proof");
  const held = parsed(text8(decoded(found[1], "proof"), "proof"), "proof");
  const record = without(parsed(String(held.canonical), "canonical"), HIDDEN);
  return { ...record, ...held, index: Number(found[2]), tlog_proof: text };
}
/** Each line as bytes, read piece by piece; `read` is told how much of the file is done. */
async function* linesOf(file, read) {
  const packed = same(new Uint8Array(await file.slice(0, 2).arrayBuffer()), [0x1f, 0x8b]);
  let done = 0;
  const counted = new TransformStream({ transform(piece, out) { done += piece.length; read(done); out.enqueue(piece); } });
  let stream = file.stream().pipeThrough(counted);
  if (packed) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  let rest = new Uint8Array(0);
  for (;;) {
    let piece;
    try { piece = await reader.read(); } catch (error) {
      if (error.name.startsWith("Not")) throw error;
      const again = file.stream().getReader();
      await again.read(); // fails where the file is gone or was written anew: then nothing is judged
      await again.cancel();
      throw new Wrong("file");
    }
    if (piece.done) break;
    rest = join(rest, piece.value);
    let from = 0;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10, from)) { yield rest.slice(from, at); from = at + 1; }
    rest = rest.slice(from);
    ask(rest.length < LONGEST, "line");
  }
  ask(rest.length === 0, "file");
}
/** One export under check. */
class Check {
  constructor(key, witnesses, kept) {
    Object.assign(this, { key, witnesses, kept, signed: null, text: "", last: -1, gap: 0, proven: 0, young: 0, leaves: [], span: [], known: new Map(), erased: 0, orderers: new Set(), gone: new Map() });
  }
  /** Check one line (section 8). */
  async line(line) {
    if (this.signed === null && Object.keys(line).join() === "rotation") { this.key = await after(String(line.rotation), this.key); return; }
    const { index } = line;
    ask(Number.isSafeInteger(index), "fields");
    ask(index > this.last, "order");
    if (index === this.gap) this.gap += 1;
    this.last = index;
    if (Object.keys(line).sort().join() === GONE) {
      this.gone.set(index, line.erased_by);
      this.erased += 1;
      this.orderers.add(line.erased_by);
      await this.proof(line, index);
      return;
    }
    if (PROOF.every((name) => line[name] === null)) {
      ask(this.signed === null || index >= this.signed.size, "unproven");
      this.young += 1;
      return;
    }
    ask(PROOF.every((name) => typeof line[name] === "string"), "fields");
    ask(this.young === 0, "unproven");
    await this.proof(line, index);
    this.span = [this.span[0] || line.recorded_at, line.recorded_at];
  }
  async proof(line, index) {
    ask(typeof line.tlog_proof === "string", "fields");
    const cut = line.tlog_proof.indexOf("\n\n");
    const head = line.tlog_proof.slice(0, Math.max(cut, 0)), checkpoint = line.tlog_proof.slice(cut + 2);
    if (this.signed === null) { this.signed = await opened(checkpoint, this.key, this.witnesses); this.text = checkpoint; }
    ask(checkpoint === this.text, "several");
    const [kind, ...rest] = head.split("\n"), extra = "entry" in line ? "" : rest.shift();
    const [number, ...path] = rest;
    ask(kind === KIND && number !== undefined, "proof");
    ask(number === `index ${index}` && index < this.signed.size, "index");
    ask(!("entry" in line) || /^[0-9a-f]{64}$/.test(line.entry), "root");
    const entry = "entry" in line ? unhex(line.entry) : await this.entry(line, index, extra);
    const leaf = await sha256(LEAF, entry);
    const root = await rootFrom(leaf, index, this.signed.size, path.map((step) => decoded(step, "proof")), this.known);
    ask(same(root, this.signed.root), "root");
    this.proven += 1;
    if (this.kept && this.leaves.length === index && index < this.kept.size) this.leaves.push(leaf);
  }
  /** The entry that a record gives; what it orders to be erased is found (section 14). */
  async entry(line, index, extra) {
    ask(extra.startsWith("extra "), "proof");
    const held = parsed(text8(decoded(extra.slice(6), "proof"), "proof"), "proof");
    ask(written(held) === written({ canonical: line.canonical, salt: line.salt }), "extra");
    const record = parsed(line.canonical, "canonical");
    ask(written(record) === line.canonical, "canonical");
    ask(written(without(line, [...PROOF, "index"])) === written(without(record, HIDDEN)), "record");
    ask(/^[0-9a-f]{32}$/.test(line.salt), "root");
    const named = /^erasure\/\d+\/(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)\/[0-9a-f]{64}$/.exec(String(record.object));
    if (named && record.source === "sekisho") {
      const digest = hex(await sha256(utf8.encode(record.object)));
      const runs = named[1].split(",").map((part) => part.split("-").map(Number));
      if (record.digest === digest && record.key === digest.slice(0, 32)) {
        const mine = [...this.gone].filter(([, by]) => by === index).map(([gone]) => gone);
        let at = 0;
        for (const gone of mine) {
          while (at < runs.length && runs[at].at(-1) < gone) at += 1;
          if (at < runs.length && runs[at][0] <= gone) this.gone.delete(gone);
        }
      }
    }
    return sha256(unhex(line.salt), utf8.encode(line.canonical));
  }
  /** Check what only the whole shows; give what could not be checked, each with a number. */
  async end(whole) {
    ask(this.signed !== null, this.young ? "unproven" : "empty");
    const { size, root } = this.signed, unsure = [];
    if (this.gone.size) { [this.last] = this.gone.keys(); throw new Wrong("erased"); }
    ask(!whole || this.proven === size, "missing");
    if (this.proven < size) unsure.push(["part", this.proven]);
    if (this.young) unsure.push(["unsigned", this.young]);
    if (!this.witnesses.length) unsure.push(["witnesses", 0]);
    if (!this.kept) return [...unsure, ["rollback", 0]];
    ask(this.kept.size <= size, "rolled_back");
    if (this.kept.size !== size && this.kept.size !== this.leaves.length) return [...unsure, ["kept_part", 0]];
    ask(same(this.kept.size === size ? root : await rootOf(this.leaves), this.kept.root), "not_continued");
    return unsure;
  }
}
/** Check a file; give the answer that the page shows. */
async function verify(file, check, whole, read) {
  let at = 0;
  try {
    let proof = null;
    for await (const raw of linesOf(file, read)) {
      at += 1;
      if (at === 1 && text8(raw, "line") === KIND) proof = "";
      if (proof === null) await check.line(parsed(text8(raw, "line"), "line"));
      else proof += `${text8(raw, "line")}\n`;
    }
    if (proof !== null) { at = 1; await check.line(fromProof(proof)); }
    at = 0;
    return { ok: true, unsure: await check.end(whole) };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { ok: false, wrong: error.message, line: at, index: error.message === "missing" ? check.gap : check.last };
  }
}

