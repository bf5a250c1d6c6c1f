// The node's JSON-RPC: calls over HTTP, gathered into batches, and
// notifications over a WebSocket that resumes where it broke.

export class RpcError extends Error {
  constructor(message: string, readonly code: number, readonly kind: string, readonly hint: string) {
    super(message);
  }
}

interface Waiting {
  method: string;
  params: object;
  resolve: (v: unknown) => void;
  reject: (e: Error) => void;
}

/** A batch stays far below the node's limit of 100 requests. */
const batchMax = 40;

let queue: Waiting[] = [];

/** Calls a method. Calls of one moment travel together. */
export function call<T>(method: string, params: object = {}): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (queue.length === 0) queueMicrotask(flush);
    queue.push({ method, params, resolve: resolve as (v: unknown) => void, reject });
  });
}

function flush(): void {
  const all = queue;
  queue = [];
  for (let i = 0; i < all.length; i += batchMax) void send(all.slice(i, i + batchMax));
}

interface Answer {
  id: number;
  result?: unknown;
  error?: { code: number; message: string; data?: { kind?: string; hint?: string } };
}

async function send(batch: Waiting[]): Promise<void> {
  try {
    const body = JSON.stringify(batch.map((w, id) => ({ jsonrpc: "2.0", id, method: w.method, params: w.params })));
    const r = await fetch("./", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!r.ok) throw new Error(`the node answers HTTP ${r.status}`);
    const answers = (await r.json()) as Answer[] | Answer;
    const list = Array.isArray(answers) ? answers : [answers];
    for (const a of list) {
      const w = batch[a.id];
      if (!w) continue;
      if (a.error) w.reject(new RpcError(a.error.message, a.error.code, a.error.data?.kind ?? "", a.error.data?.hint ?? ""));
      else w.resolve(a.result);
    }
    for (const w of batch) w.reject(new Error("the node left out an answer"));
  } catch (e) {
    const text = e instanceof TypeError ? "the node does not answer" : (e as Error).message;
    for (const w of batch) w.reject(new Error(text));
  }
}

/** What every read answers: the block that it speaks of, and the value. */
export interface Read<T> {
  at: { height: number; hash: string };
  value: T;
}

/** Reads state; null where the node knows no such block or thing. */
export async function read<T>(method: string, params: object = {}): Promise<T | null> {
  const r = await call<Read<T> | null>(method, params);
  return r === null ? null : r.value;
}

export interface Notice {
  subscription: string;
  seq: number;
  cursor: string;
  result?: unknown;
  lagged?: { dropped: number; resumeCursor: string };
  error?: { message: string };
}

type Heard = (n: Notice) => void;

interface Topic {
  name: string;
  cursor: string | undefined;
  resumes: boolean;
  heard: Heard;
}

/** A connection that subscribes again, from the last cursor, when it broke. */
export class Live {
  private socket: WebSocket | null = null;
  private readonly topics: Topic[] = [];
  private readonly byId = new Map<string, Topic>();
  private readonly asked = new Map<number, Topic>();
  private nextId = 1;
  private wait = 500;

  constructor(private readonly told: (up: boolean) => void) {}

  /** Notifications of a topic. resumes: those of a break are sent after it. */
  subscribe(name: string, resumes: boolean, heard: Heard, fromCursor?: string): void {
    const t: Topic = { name, cursor: fromCursor, resumes, heard };
    this.topics.push(t);
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(t);
  }

  connect(): void {
    const url = new URL("./ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    const s = new WebSocket(url);
    this.socket = s;
    s.onopen = () => {
      this.wait = 500;
      this.byId.clear();
      this.told(true);
      for (const t of this.topics) this.ask(t);
    };
    s.onmessage = (e) => this.take(JSON.parse(e.data as string));
    s.onclose = () => {
      this.told(false);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, 10_000);
    };
  }

  private ask(t: Topic): void {
    const id = this.nextId++;
    this.asked.set(id, t);
    const params = t.cursor === undefined ? { topic: t.name } : { topic: t.name, fromCursor: t.cursor };
    this.socket!.send(JSON.stringify({ jsonrpc: "2.0", id, method: "chain_subscribe", params }));
  }

  private take(m: { id?: number; result?: string; error?: unknown; params?: Notice }): void {
    if (m.id !== undefined) {
      const t = this.asked.get(m.id);
      this.asked.delete(m.id);
      if (t && m.result) this.byId.set(m.result, t);
      else if (t?.cursor !== undefined) {
        t.cursor = undefined; // the node has no such past any more
        this.ask(t);
      }
      return;
    }
    const t = m.params && this.byId.get(m.params.subscription);
    if (!t || !m.params) return;
    if (t.resumes) t.cursor = m.params.cursor;
    t.heard(m.params);
  }
}
