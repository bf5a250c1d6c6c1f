// Calls of a node: JSON-RPC 2.0 over HTTP, typed by the methods' table.

import { RpcError, TransportError } from "./errors.js";
import { type EventsOptions, listen, type Notice } from "./events.js";
import type { Key } from "./keys.js";
import type { Message, Methods, Topics, TxState } from "./methods.js";
import { send, type SendOptions } from "./tx.js";

/** Names of methods that take no params, or only such as may be left out. */
type Bare = { [M in keyof Methods]: Record<string, never> extends Methods[M]["params"] ? M : never }[keyof Methods];

/** What a read answers, without the block that it speaks of. */
type Value<M extends keyof Methods> = Extract<Methods[M]["result"], { value: unknown }>["value"];

export interface ClientOptions {
  /** Milliseconds for one call; 70,000, which is beyond the longest tx_wait. */
  timeoutMs?: number;
  /** Hash of the genesis that transactions are signed for; the node's own where it is left out. */
  genesis?: string;
}

/** A client of one node. It holds no connection and no key. */
export class Client {
  readonly url: string;
  private readonly timeoutMs: number;
  private known: Promise<{ chain: string; genesis: string }> | undefined;

  constructor(url: string, private readonly options: ClientOptions = {}) {
    this.url = url.replace(/\/+$/, "");
    this.timeoutMs = options.timeoutMs ?? 70_000;
  }

  /** Calls a method. What the node refuses is an RpcError, no answer a TransportError. */
  call<M extends Bare>(method: M, params?: Methods[M]["params"]): Promise<Methods[M]["result"]>;
  call<M extends keyof Methods>(method: M, params: Methods[M]["params"]): Promise<Methods[M]["result"]>;
  async call(method: string, params: unknown = {}): Promise<unknown> {
    let answer: { result?: unknown; error?: Parameters<typeof RpcError.of>[0] };
    try {
      const r = await fetch(`${this.url}/`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      if (!r.ok) throw new Error(`HTTP ${r.status}: ${(await r.text()).trim().slice(0, 200)}`);
      answer = (await r.json()) as typeof answer;
    } catch (e) {
      throw new TransportError(`${method} at ${this.url}: ${(e as Error).message}`, { cause: e });
    }
    if (answer.error) throw RpcError.of(answer.error);
    if (!("result" in answer)) throw new TransportError(`${method} at ${this.url}: neither a result nor an error`);
    return answer.result;
  }

  /** Reads state: the value alone, or null where there is no such block or thing. */
  async read<M extends keyof Methods>(method: M, params: Methods[M]["params"]): Promise<Value<M> | null> {
    const r = (await this.call(method, params)) as { value: Value<M> } | null;
    return r === null ? null : r.value;
  }

  /** The chain that the node is of, asked once. With options.genesis another one is an error. */
  chain(): Promise<{ chain: string; genesis: string }> {
    this.known ??= this.call("chain_status").then(
      ({ chain, genesis }) => {
        const want = this.options.genesis;
        if (want !== undefined && want !== genesis) throw new TransportError(`${this.url} is of genesis ${genesis}, not ${want}`);
        return { chain, genesis };
      },
    );
    this.known.catch(() => (this.known = undefined));
    return this.known;
  }

  /** What happens, topic by topic, until it is broken off. Lost connections are made again, without a gap. */
  events<T extends keyof Topics>(topics: T[], options?: EventsOptions): AsyncGenerator<Notice<T>, void> {
    return listen(this.url, topics, options);
  }

  /** Prepares a transaction, checks it, signs it, submits it and waits for it. */
  send(key: Key, messages: Message[], options?: SendOptions): Promise<TxState> {
    return send(this, key, messages, options);
  }
}
