// The file of a recorded simulator run (docs/explorer.md, "Recorded runs").

export interface Span {
  kind: "partition" | "down" | "link" | "clock" | "disk";
  from: number; // ms from the start of the run
  to: number;
  nodes?: number[]; // whom it is about; all where left out
  groups?: number[][]; // of a partition: who hears whom
  text?: string;
}

export interface Happened {
  t: number; // ms from the start of the run
  n: number; // member
  k: "vote" | "final" | "fault" | "act" | "evidence" | "violation";
  s?: string; // of a vote: propose, notarize, nullify, reject or finalize
  e?: number; // epoch
  v?: number; // view
  h?: number; // of a final block: its height
  d?: string; // first digits of the block's digest
  x?: string; // in words
}

export interface Recorded {
  format: "probity-run/1";
  name: string;
  seed: number;
  hash: string; // of the event log
  lengthMs: number;
  calmMs: number; // when the trouble ends; 0: it does not
  members: { weight: string; owned: boolean }[];
  spans: Span[];
  events: Happened[];
  dropped?: number; // events that were left out because there were too many
}

/** Reads a file strictly enough that the drawing cannot be surprised. */
export function parse(text: string): Recorded {
  let r: Recorded;
  try {
    r = JSON.parse(text) as Recorded;
  } catch {
    throw new Error("The file is no JSON.");
  }
  if (typeof r !== "object" || r === null || r.format !== "probity-run/1") {
    const format = (r as { format?: string } | null)?.format;
    throw new Error(format === "probity-sim/1"
      ? "This is a recording of choices. Play it with probity sim replay FILE --timeline run.json and open that file."
      : `The file's format is ${JSON.stringify(format ?? null)}, not "probity-run/1".`);
  }
  const number = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v) && v >= 0;
  if (!Array.isArray(r.members) || r.members.length === 0 || r.members.length > 256) throw new Error("The file names no members.");
  if (!number(r.lengthMs) || !Array.isArray(r.spans) || !Array.isArray(r.events)) throw new Error("The file lacks its length, spans or events.");
  const known = (n: unknown) => number(n) && n < r.members.length;
  for (const s of r.spans) {
    if (!number(s.from) || !number(s.to) || !(s.nodes ?? []).every(known) || !(s.groups ?? []).flat().every(known)) throw new Error("A span of the file is malformed.");
  }
  for (const e of r.events) if (!number(e.t) || !known(e.n) || typeof e.k !== "string") throw new Error("An event of the file is malformed.");
  r.events.sort((a, b) => a.t - b.t);
  return r;
}

/** The place of the first event after a time. */
export function after(events: Happened[], t: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (events[mid].t <= t) low = mid + 1;
    else high = mid;
  }
  return low;
}
