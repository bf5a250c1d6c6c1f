// Subscriptions over server-sent events: GET /events, read by fetch, so that
// browsers and Node have the same, and resumed by the id of the last event.

import { RpcError, TransportError } from "./errors.js";
import type { Topics } from "./methods.js";

/** A notice of a topic. Exactly one of result, lagged and error is set. */
export type Notice<T extends keyof Topics = keyof Topics> = {
  [K in T]: {
    topic: K;
    /** Counts the notices of the topic on one connection, from 1. */
    seq: number;
    /** Resumes the topic behind this notice. */
    cursor: string;
    /** Resumes all topics of the stream behind this notice: options.from. */
    id: string;
    result?: Topics[K];
    /** The client was too slow: so much was left out, and can be had from resumeCursor on. */
    lagged?: { dropped: number; resumeCursor: string };
    error?: RpcError;
  };
}[T];

export interface EventsOptions {
  /** The id of a notice behind which to begin; "0.0" for one topic of blocks is all there are. */
  from?: string;
  /** Ends the stream. */
  signal?: AbortSignal;
  /** Told of each connection that broke, and why; the stream goes on. */
  broken?: (reason: Error) => void;
}

/** A node writes something at least every 15 s; a line silent for so long is dead. */
const silenceMs = 45_000;
const firstWaitMs = 250;
const longestWaitMs = 10_000;

/** Notices of topics. A node that is away is asked again; what it refuses is an RpcError. */
export async function* listen<T extends keyof Topics>(url: string, topics: T[], options: EventsOptions = {}): AsyncGenerator<Notice<T>, void> {
  let id = options.from ?? "";
  let wait = firstWaitMs;
  while (!options.signal?.aborted) {
    try {
      for await (const e of connect(url, topics, id, options.signal)) {
        wait = firstWaitMs;
        if (e.id !== undefined) id = e.id;
        if (e.data === undefined) continue;
        const n = JSON.parse(e.data) as Omit<Notice<T>, "topic" | "id" | "error"> & { error?: Parameters<typeof RpcError.of>[0] };
        yield { ...n, topic: e.event, id, ...(n.error && { error: RpcError.of(n.error) }) } as unknown as Notice<T>;
      }
    } catch (e) {
      if (e instanceof RpcError) throw e;
      if (options.signal?.aborted) return;
      options.broken?.(e as Error);
    }
    await pause(wait, options.signal);
    wait = Math.min(2 * wait, longestWaitMs);
  }
}

/** Waits; a signal ends it. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      done();
    }
    signal?.addEventListener("abort", end);
  });
}

interface Event {
  event?: string;
  id?: string;
  data?: string;
}

/** The events of one connection. */
async function* connect(url: string, topics: string[], id: string, signal: AbortSignal | undefined): AsyncGenerator<Event, void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal?.addEventListener("abort", end);
  let silence = setTimeout(end, silenceMs);
  try {
    const query = new URLSearchParams(topics.map((t) => ["topic", t]));
    const r = await fetch(`${url}/events?${query}`, { headers: id === "" ? {} : { "Last-Event-ID": id }, signal: stop.signal });
    if (!r.ok || r.body === null) await refuse(r);
    const text = r.body!.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { done, value } = await text.read();
      if (done) throw new TransportError(`${url} ended the stream`);
      clearTimeout(silence);
      silence = setTimeout(end, silenceMs);
      const blocks = (held + value).split("\n\n");
      held = blocks.pop()!;
      for (const b of blocks) yield event(b);
    }
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener("abort", end);
    stop.abort();
  }
}

/** What is wrong with the request is final; a node that has no room now is asked again. */
async function refuse(r: Response): Promise<never> {
  const text = await r.text();
  if (r.status === 429 || r.status >= 500) throw new TransportError(`HTTP ${r.status}: ${text.slice(0, 200)}`);
  let error: Parameters<typeof RpcError.of>[0] | undefined;
  try {
    error = (JSON.parse(text) as { error?: typeof error }).error;
  } catch {
    // Something other than a node answered.
  }
  throw RpcError.of(error ?? { code: r.status, message: `HTTP ${r.status}: ${text.trim().slice(0, 200)}` });
}

/** An event of its lines (WHATWG HTML §9.2.6), as nodes write them. */
function event(block: string): Event {
  const e: Event = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    const name = line.slice(0, at);
    if (name === "event" || name === "id" || name === "data") e[name] = line.slice(at + 2);
  }
  return e;
}
