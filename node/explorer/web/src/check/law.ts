// What a light client checks by itself: headers, rosters, certificates of
// finality and proofs of the state (spec wire, consensus, state). Nothing here
// asks anybody; what comes in is judged, and every judgement is a step that
// says what was compared with what.

import { ed25519 } from "@noble/curves/ed25519.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { amount, be64, cbor, concat, fromAddress, fromHex, isZero, same, text, toHex } from "./bytes.ts";
import type { Finality, Header, Member, Proven, Roster, Statement, TrailPart } from "./forms.ts";

/** H of the parts, one after the other. */
export const hash = (...parts: Uint8Array[]): Uint8Array => blake3(concat(...parts));

/** One comparison, with its outcome. */
export interface Step {
  ok: boolean;
  text: string;
}

/** What a check found. It holds where every step does. */
export interface Verdict {
  ok: boolean;
  steps: Step[];
}

class Steps {
  readonly steps: Step[] = [];

  need(ok: boolean, good: string, bad: string): boolean {
    this.steps.push({ ok, text: ok ? good : bad });
    return ok;
  }

  get verdict(): Verdict {
    return { ok: this.steps.length > 0 && this.steps.every((s) => s.ok), steps: this.steps };
  }
}

const brief = (b: Uint8Array): string => toHex(b.slice(0, 4)) + "…";

/** The digest of a block: H("block" ‖ cbor(Header)) (spec wire §4). */
export function digest(h: Header): Uint8Array {
  return hash(text("block"), cbor([
    h.version, h.epoch, h.view, h.height, h.parentView, fromHex(h.parent), h.time, fromHex(h.asc),
    fromHex(h.reveal), fromHex(h.seed), fromHex(h.txRoot), fromHex(h.viewsRoot), fromHex(h.votesRoot),
    fromHex(h.stateRoot), fromHex(h.rosterHash), fromHex(h.nextRosterHash), amount(h.baseFee),
  ]));
}

/** The root of a list (spec wire §5). */
export function merkle(items: Uint8Array[]): Uint8Array {
  if (items.length === 0) return hash();
  if (items.length === 1) return hash(Uint8Array.of(0), items[0]);
  let split = 1;
  while (split * 2 < items.length) split *= 2;
  return hash(Uint8Array.of(1), merkle(items.slice(0, split)), merkle(items.slice(split)));
}

const member = (m: Member): Uint8Array =>
  cbor([fromAddress(m.address), fromHex(m.key), fromHex(m.network), BigInt(m.weight), (m.escrow ?? []).map(fromHex)]);

/** The hash of a roster (spec wire §7). */
export function rosterHash(r: Roster): Uint8Array {
  return hash(text("roster"), cbor([r.epoch, r.members.length]), merkle(r.members.map(member)));
}

/** The string that a vote's signature covers (spec wire §2, §6). */
export function signed(genesis: Uint8Array, s: Statement): Uint8Array {
  const kinds = ["", "propose", "notarize", "nullify", "reject", "finalize"];
  const payload = cbor([kinds.indexOf(s.kind), s.epoch, s.view, fromHex(s.digest)]);
  return concat(text(`probity/${s.kind}/v1`), genesis, payload);
}

const number = (n: bigint): string => n.toLocaleString("en");

/** Verdict on a block's finality: signatures, weight, roster and the way from
 *  the block to what was signed (spec wire §6, consensus §8). trusted is the
 *  roster's hash that an earlier checked block named; null: none is known. */
export function checkFinality(genesis: string, at: string, f: Finality, roster: Roster, trusted: string | null): Verdict {
  const s = new Steps();
  try {
    const [first, last] = [f.headers[0].header, f.headers[f.headers.length - 1].header];
    const own = digest(first);
    s.need(toHex(own) === at, `The header of block ${first.height} hashes to ${brief(own)}, the block's name.`,
      `The header of block ${first.height} hashes to ${brief(own)}, not to ${at.slice(0, 10)}….`);
    let linked = true;
    for (let i = 1; i < f.headers.length; i++) {
      linked &&= f.headers[i].header.parent === toHex(digest(f.headers[i - 1].header)) && f.headers[i].header.epoch === first.epoch;
    }
    const target = digest(last);
    const c = f.certificate;
    const named = c.statement.kind === "finalize" && c.statement.digest === toHex(target) &&
      c.statement.epoch === last.epoch && c.statement.view === last.view;
    const way = f.headers.length > 1 ? `, ${f.headers.length - 1} blocks further on its chain` : "";
    s.need(linked && named, `The certificate says finalize of block ${brief(target)}, view ${last.view} of epoch ${last.epoch}${way}.`,
      "The certificate is of another statement, or the headers are not linked.");
    checkRoster(s, roster, last, trusted);
    checkSignatures(s, fromHex(genesis), f, roster);
  } catch (e) {
    s.need(false, "", `The answer has no valid form: ${(e as Error).message}.`);
  }
  return s.verdict;
}

function checkRoster(s: Steps, roster: Roster, h: Header, trusted: string | null): void {
  const hashed = toHex(rosterHash(roster));
  s.need(hashed === h.rosterHash && roster.epoch === h.epoch,
    `The roster of ${roster.members.length} hashes to ${hashed.slice(0, 10)}…, which the header names.`,
    `The roster hashes to ${hashed.slice(0, 10)}…, the header names ${h.rosterHash.slice(0, 10)}….`);
  if (trusted !== null) {
    s.need(hashed === trusted, `A checked block of epoch ${h.epoch - 1} named this roster.`,
      `A checked block of epoch ${h.epoch - 1} named another roster, ${trusted.slice(0, 10)}….`);
  }
}

function checkSignatures(s: Steps, genesis: Uint8Array, f: Finality, roster: Roster): void {
  const c = f.certificate;
  const bits = fromHex(c.signers);
  const total = roster.members.reduce((w, m) => w + BigInt(m.weight), 0n);
  const quorum = (2n * total) / 3n + 1n;
  const message = signed(genesis, c.statement);
  let next = 0;
  let weight = 0n;
  let bad = 0;
  for (let i = 0; i < bits.length * 8; i++) {
    if (!((bits[i >> 3] >> (i & 7)) & 1)) continue;
    const who = roster.members[i];
    const signature = c.signatures?.[next++];
    if (!who || !signature || !valid(fromHex(signature), message, fromHex(who.key))) bad++;
    else weight += BigInt(who.weight);
  }
  const all = next === (c.signatures?.length ?? 0) && bits.length === Math.ceil(roster.members.length / 8);
  s.need(all && bad === 0 && next > 0, `${next} of ${next} signatures hold (ed25519, ZIP-215).`,
    `${bad} of ${next} signatures do not hold, or their number is wrong.`);
  s.need(weight >= quorum, `They weigh ${number(weight)} of ${number(total)}; a quorum is ${number(quorum)}.`,
    `They weigh ${number(weight)} of ${number(total)}, below the quorum of ${number(quorum)}.`);
}

/** One signature by ZIP-215. A malformed key or signature does not hold. */
export function valid(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, key, { zip215: true });
  } catch {
    return false;
  }
}

const bit = (path: Uint8Array, i: number): number => (path[i >> 3] >> (7 - (i & 7))) & 1;

/** Verdict on a value of the state, or on its absence, against a root (spec
 *  state §3). Whether the root is one of the chain is another check. */
export function checkProof(root: string, key: string, p: Proven): Verdict {
  const s = new Steps();
  try {
    const levels = fromHex(p.proof.levels);
    const siblings = (p.proof.siblings ?? []).map(fromHex);
    const otherKey = fromHex(p.proof.otherKey);
    const otherValue = fromHex(p.proof.otherValue);
    let set = 0;
    let depth = 0;
    for (let i = 0; i < 256; i++) {
      if (bit(levels, i)) {
        set++;
        depth = i + 1;
      }
    }
    const form = set === siblings.length && !siblings.some(isZero) && isZero(otherKey) === isZero(otherValue) &&
      [levels, otherKey, otherValue, ...siblings].every((b) => b.length === 32);
    if (!s.need(form, `The proof is well formed: ${siblings.length} siblings, depth ${depth}.`, "The proof is malformed.")) return s.verdict;
    const path = hash(fromHex(key));
    const [start, good] = leaf(s, p, path, otherKey, otherValue, depth);
    if (!good) return s.verdict;
    const along = p.exists || isZero(otherKey) ? path : otherKey;
    const top = climb(start, along, levels, siblings, depth);
    s.need(toHex(top) === root, `It leads to the state root ${root.slice(0, 10)}….`,
      `It leads to ${brief(top)}, not to the state root ${root.slice(0, 10)}….`);
  } catch (e) {
    s.need(false, "", `The answer has no valid form: ${(e as Error).message}.`);
  }
  return s.verdict;
}

function leaf(s: Steps, p: Proven, path: Uint8Array, otherKey: Uint8Array, otherValue: Uint8Array, depth: number): [Uint8Array, boolean] {
  const zero = Uint8Array.of(0);
  if (p.exists) {
    const own = isZero(otherKey);
    s.need(own, `The value's leaf hangs at the path of its key, ${brief(path)}.`, "The proof ends at the leaf of another key.");
    return [hash(zero, path, hash(fromHex(p.value))), own];
  }
  if (isZero(otherKey)) {
    s.need(true, "The key's place in the tree is empty.", "");
    return [new Uint8Array(32), true];
  }
  let shared = 0;
  while (shared < 256 && bit(path, shared) === bit(otherKey, shared)) shared++;
  const good = shared >= depth && !same(path, otherKey);
  s.need(good, "Another key's leaf stands at the key's place.", "The other leaf does not stand at the key's place.");
  return [hash(zero, otherKey, otherValue), good];
}

function climb(h: Uint8Array, path: Uint8Array, levels: Uint8Array, siblings: Uint8Array[], depth: number): Uint8Array {
  let next = siblings.length;
  for (let i = depth - 1; i >= 0; i--) {
    const s = bit(levels, i) ? siblings[--next] : new Uint8Array(32);
    h = bit(path, i) ? hash(s, h) : hash(h, s);
  }
  return h;
}

/** Verdict on a part of a candidate's trail: every entry leads from the head
 *  before it to the one after it, the last to the head in the state. */
export function checkTrail(t: TrailPart): Verdict {
  const s = new Steps();
  try {
    let head = fromHex(t.before);
    let broken = 0;
    for (const { entry: e, head: after } of t.entries) {
      head = hash(text("release/trail"), fromHex(t.rc), head, cbor([
        e.number, e.height, e.time, e.kind, fromAddress(e.actor), fromHex(e.key), fromHex(e.tx), fromHex(e.body),
      ]));
      if (broken === 0 && toHex(head) !== after) broken = e.number;
    }
    s.need(broken === 0, `Each of ${t.entries.length} entries leads to the head after it.`, `Entry ${broken} does not lead to the head that is told.`);
    if (t.next === 0) {
      s.need(toHex(head) === t.head, `The last head is ${t.head.slice(0, 10)}…, which the candidate names.`, `The trail leads to ${brief(head)}, the candidate names ${t.head.slice(0, 10)}….`);
    }
  } catch (e) {
    s.need(false, "", `The answer has no valid form: ${(e as Error).message}.`);
  }
  return s.verdict;
}

const routeKey = (route: number, region: number, ...parts: Uint8Array[]): string =>
  toHex(concat(Uint8Array.of(route >> 8, route & 255, region), ...parts));

/** Raw keys of the state that people ask about (spec state §1, §4). */
export const stateKeys = {
  account: (a: string): string => routeKey(2, 1, fromAddress(a)),
  holder: (book: number, a: string): string => routeKey(3, 1, be64(book), fromAddress(a)),
  parameter: (name: string): string => routeKey(1, 1, text(name)),
};
