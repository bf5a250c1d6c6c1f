// What the page knows of the chain, fed by the live connection. Components
// listen to it; it tells them a few times a second at most, however fast
// blocks come.

import { useEffect, useReducer } from "preact/hooks";
import { call, Live, read, type Notice } from "./rpc.ts";
import { check } from "./checks.ts";

export interface Status {
  chain: string;
  genesis: string;
  version: number;
  finalized: { height: number; hash: string };
  time: number;
  epoch: number;
  view: number;
  baseFee: string;
  best: number;
  syncing: boolean;
}

/** A final block in brief, as the topic finalized tells it. */
export interface Brief {
  height: number;
  hash: string;
  epoch: number;
  view: number;
  time: number;
  asc: string;
  txs: number;
  baseFee: string;
}

export interface Contract {
  id: string;
  producer: string;
  key: string;
  weight: string;
  salts: number;
}

export interface Plan {
  epoch: number;
  first: number;
  blocks: number;
  roster: { epoch: number; members: { address: string; key: string; weight: string }[] };
  list: Contract[];
  scheme: number;
  selection: number;
  degraded: boolean;
}

/** How many recent blocks are kept, and how many are asked for at the start. */
export const keep = 1024;
const atStart = 400;

export const chain = {
  status: null as Status | null,
  methods: new Set<string>(),
  up: false,
  failed: "" as string,
  blocks: new Map<number, Brief>(),
  tip: 0,
  notarized: new Map<string, number>(), // when the page heard of it, by hash
  finality: [] as { height: number; ms: number }[], // between both notices, as heard here
  plans: new Map<number, Plan | null>(),
  checks: new Map<number, boolean>(),
  lastCheck: 0,
  started: false,
};

const listeners = new Set<() => void>();
let pending = 0;

/** Tells the listeners, at most five times a second. */
export function changed(): void {
  if (pending) return;
  pending = window.setTimeout(() => {
    pending = 0;
    for (const f of listeners) f();
  }, 200);
}

/** Renders a component again when the store changes. */
export function useChain(): typeof chain {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const f = () => again(0);
    listeners.add(f);
    return () => void listeners.delete(f);
  }, []);
  return chain;
}

export const has = (method: string): boolean => chain.methods.has(method);

/** Whether the node has the route. */
export function hasRoute(name: string): boolean {
  for (const m of chain.methods) if (m.startsWith(name + "_")) return true;
  return false;
}

/** What is fixed of an epoch; null while it is asked for, or unknown. */
export function plan(epoch: number, at?: number): Plan | null {
  const known = chain.plans.get(epoch);
  if (known !== undefined) return known;
  chain.plans.set(epoch, null);
  read<Plan>("availability_plan", at === undefined ? { epoch } : { epoch, at })
    .then((p) => {
      chain.plans.set(epoch, p);
      if (p) changed();
    })
    .catch(() => undefined);
  return null;
}

/** The producer of a block; empty where it has none or is not known yet. */
export function producerOf(b: { asc: string; epoch: number; height: number }): string {
  return plan(b.epoch, b.height)?.list.find((c) => c.id === b.asc)?.producer ?? "";
}

/** Kept blocks, newest first. */
export function recent(most: number): Brief[] {
  const out: Brief[] = [];
  for (let h = chain.tip; h > 0 && out.length < most; h--) {
    const b = chain.blocks.get(h);
    if (b) out.push(b);
    else if (out.length > 0) break;
  }
  return out;
}

/** Begins: asks what there is, then listens. Tries again until a node answers. */
export async function start(): Promise<void> {
  try {
    const [status, doc] = await Promise.all([
      call<Status>("chain_status"),
      call<{ methods: { name: string }[] }>("rpc.discover"),
    ]);
    chain.status = status;
    chain.tip = status.finalized.height;
    chain.methods = new Set(doc.methods.map((m) => m.name));
    chain.started = true;
    chain.failed = "";
  } catch (e) {
    chain.failed = (e as Error).message;
    changed();
    setTimeout(start, 2000);
    return;
  }
  const live = new Live((up) => {
    chain.up = up;
    changed();
  });
  live.subscribe("finalized", true, finalized, `${Math.max(1, chain.tip - atStart)}.0`);
  live.subscribe("newBlocks", false, notarized);
  live.connect();
  setInterval(() => void refresh(), 2000);
  changed();
}

async function refresh(): Promise<void> {
  try {
    chain.status = await call<Status>("chain_status");
    changed();
  } catch {
    // The connection's state tells already that the node is gone.
  }
}

function notarized(n: Notice): void {
  const b = n.result as { hash?: string } | undefined;
  if (!b?.hash) return;
  chain.notarized.set(b.hash, performance.now());
  if (chain.notarized.size > 256) chain.notarized.delete(chain.notarized.keys().next().value!);
}

function finalized(n: Notice): void {
  const b = n.result as Brief | undefined;
  if (!b) return;
  chain.blocks.set(b.height, b);
  chain.blocks.delete(b.height - keep);
  if (b.height > chain.tip) {
    chain.tip = b.height;
    if (chain.status) Object.assign(chain.status, { finalized: { height: b.height, hash: b.hash }, epoch: b.epoch, time: b.time });
  }
  const heard = chain.notarized.get(b.hash);
  if (heard !== undefined) {
    chain.finality.push({ height: b.height, ms: performance.now() - heard });
    if (chain.finality.length > 600) chain.finality.shift();
  }
  plan(b.epoch);
  if (b.height >= chain.tip) spotCheck(b.height);
  changed();
}

/** The time between checks of the newest block. */
const checkEvery = 3000;

/** Checks the newest block's finality now and then. */
function spotCheck(height: number): void {
  const now = performance.now();
  if (document.hidden || now - chain.lastCheck < checkEvery) return;
  chain.lastCheck = now;
  void check(height);
}
