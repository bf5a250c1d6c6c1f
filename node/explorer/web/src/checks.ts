// Checks of what the node says, made in a thread of the page.
//
// What is trusted: nothing but the first roster that the page sees, unless it
// is followed from the genesis block (follow), whose hash can be compared with
// that of another source. From there each checked block names the next
// epoch's roster.

import type { Finality, Point, Proven, Roster, TrailPart } from "./check/forms.ts";
import type { Step, Verdict } from "./check/law.ts";
import type { Job } from "./check/worker.ts";
import { call, read, type Read } from "./rpc.ts";
import { chain, changed } from "./store.ts";

let worker: Worker | null = null;
let next = 1;
const waiting = new Map<number, (v: Verdict) => void>();

function run(job: Job): Promise<Verdict> {
  if (!worker) {
    worker = new Worker(new URL("./check/worker.ts", import.meta.url), { type: "module", name: "check" });
    worker.onmessage = (e: MessageEvent<{ id: number; verdict: Verdict }>) => {
      waiting.get(e.data.id)?.(e.data.verdict);
      waiting.delete(e.data.id);
    };
  }
  return new Promise((resolve) => {
    const id = next++;
    waiting.set(id, resolve);
    worker!.postMessage({ id, job });
  });
}

/** Rosters that checked blocks name, by epoch. */
export const trust = {
  rosters: new Map<number, string>(),
  from: null as number | null, // epoch of the roster that was taken as it came
  genesis: "" as string, // hash of the genesis block, where the rosters were followed from it
};

/** The outcome of a check of finality, with the header that it is about. */
export interface Checked {
  verdict: Verdict;
  finality: Finality;
  at: Point;
}

const failure = (text: string): Verdict => ({ ok: false, steps: [{ ok: false, text }] as Step[] });

/** Checks a block's finality. Null where the node has no such final block. */
export async function check(at: number | string): Promise<Checked | null> {
  const answer = await call<Read<Finality> | null>("chain_getCertificate", { at });
  if (!answer) return null;
  const header = answer.value.headers[0].header;
  const roster = await read<{ roster: Roster }>("availability_roster", { epoch: header.epoch, at: answer.at.height });
  const verdict = !roster ? failure(`The node does not tell the roster of epoch ${header.epoch}.`) : await run({
    kind: "finality", genesis: chain.status!.genesis, at: answer.at.hash, finality: answer.value,
    roster: roster.roster, trusted: trust.rosters.get(header.epoch) ?? null,
  });
  if (verdict.ok) {
    if (trust.rosters.size === 0) trust.from = header.epoch;
    trust.rosters.set(header.epoch, header.rosterHash);
    trust.rosters.set(header.epoch + 1, header.nextRosterHash);
  }
  chain.checks.set(header.height, verdict.ok);
  changed();
  return { verdict, finality: answer.value, at: answer.at };
}

/** Checks a key of the state: the proof against the root in a header, and that
 *  header's finality. tamper changes one bit of the answer first, to show that
 *  it is noticed. */
export async function checkState(key: string, at: number | "latest", tamper = false): Promise<{ proven: Proven; at: Point; verdict: Verdict }> {
  const answer = await call<Read<Proven> | null>("chain_getProof", { key, at });
  if (!answer) return { proven: { root: "", exists: false, value: "0x", proof: { levels: "", siblings: null, otherKey: "", otherValue: "" } }, at: { height: 0, hash: "" }, verdict: failure("The node has no such block.") };
  const proven = tamper ? tampered(answer.value) : answer.value;
  const final = await check(answer.at.height);
  if (!final) return { proven, at: answer.at, verdict: failure("The node has no certificate of this block.") };
  const own = await run({ kind: "proof", root: final.finality.headers[0].header.stateRoot, key, proven });
  const steps = [
    ...own.steps,
    { ok: final.verdict.ok && final.at.hash === answer.at.hash, text: final.verdict.ok
      ? `That is the state root of block ${answer.at.height}, whose finality is checked here.`
      : `The finality of block ${answer.at.height} does not hold: ${final.verdict.steps.find((s) => !s.ok)?.text}` },
  ];
  return { proven, at: answer.at, verdict: { ok: steps.every((s) => s.ok), steps } };
}

/** The answer with its last bit of the value changed, or of a sibling where
 *  there is no value. */
function tampered(p: Proven): Proven {
  const flip = (hex: string): string => hex.slice(0, -1) + (parseInt(hex.slice(-1), 16) ^ 1).toString(16);
  if (p.exists && p.value.length > 2) return { ...p, value: flip(p.value) };
  const siblings = [...(p.proof.siblings ?? [])];
  if (siblings.length > 0) siblings[0] = flip(siblings[0]);
  return { ...p, proof: { ...p.proof, siblings } };
}

/** Checks a part of a release candidate's trail. */
export const checkTrail = (trail: TrailPart): Promise<Verdict> => run({ kind: "trail", trail });

/** Follows the rosters from the genesis block to the present: one certificate
 *  an epoch. tell hears how far it is. Returns what is wrong, or nothing. */
export async function follow(tell: (epoch: number, of: number) => void): Promise<string> {
  const genesis = await call<Read<{ header: { rosterHash: string; nextRosterHash: string } }> | null>("chain_getHeader", { at: 0 });
  const first = genesis && (await call<Read<Finality> | null>("chain_getCertificate", { at: 1 }));
  if (!genesis || !first) return "This node does not keep the beginning of the chain.";
  if (first.value.headers[0].header.parent !== genesis.at.hash) return "Block 1 does not stand on the genesis block.";
  trust.rosters.clear();
  trust.rosters.set(0, genesis.value.header.rosterHash);
  trust.rosters.set(1, genesis.value.header.nextRosterHash);
  const last = chain.status!.epoch;
  let height = 1;
  for (let e = 0; e <= last; ) {
    tell(e, last);
    const c = await check(height);
    if (!c) return `The node has no certificate of block ${height}.`;
    if (!c.verdict.ok) return `Block ${height}: ${c.verdict.steps.find((s) => !s.ok)?.text}`;
    const p = await read<{ first: number; blocks: number }>("availability_plan", { epoch: c.finality.headers[0].header.epoch, at: height });
    if (!p) return `The node does not tell where epoch ${e} ends.`;
    height = p.first + p.blocks;
    e++;
    if (height > chain.tip) break;
  }
  trust.genesis = genesis.at.hash;
  trust.from = null;
  changed();
  return "";
}
