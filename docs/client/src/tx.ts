// From messages to a final transaction, trusting the node with nothing but its
// answers: prepare, check, sign, submit, wait.

import { fromHex, hash, same, toHex } from "./bytes.js";
import type { Client } from "./client.js";
import { FailedError, PreparedError, TransportError } from "./errors.js";
import type { Key } from "./keys.js";
import type { Address, Amount, Message, Prepared, Stage, TxState } from "./methods.js";
import { signBytes, signed, unsigned } from "./wire.js";

export interface SendOptions {
  /** The most that may be charged, in base units of $; 1 $ where it is left out. */
  feeMax?: Amount;
  /** Who pays, by an allowance granted to the sender. */
  feePayer?: Address;
  /** The next nonce where it is left out. */
  nonce?: number;
  /** How far to wait: pending, included, or final, which is meant where it is left out. */
  until?: Stage;
  /** For how long, in milliseconds; 60,000 where it is left out. */
  timeoutMs?: number;
  /** Shown what the transaction says, once it is checked; false leaves it unsigned. */
  confirm?: (summary: string, prepared: Prepared) => boolean | Promise<boolean>;
}

const feeMaxUsual = "1000000000";

/**
 * Holds what a node prepared against what was asked for: it builds the bytes
 * again from the messages, and refuses any other. What then remains the node's
 * word are the nonce, the fee below the limit, and the last height.
 */
export function check(p: Prepared, chain: { chain: string; genesis: string }, sender: string, messages: Message[], options: SendOptions = {}): void {
  const t = p.tx;
  const wrong = (what: string): never => {
    throw new PreparedError(`the node prepared another transaction: ${what}`);
  };
  if (t.sender !== sender) wrong("the sender is not the key");
  if (BigInt(t.feeMax) > BigInt(options.feeMax ?? feeMaxUsual)) wrong(`a fee of at most ${t.feeMax}, beyond the limit`);
  if (t.feePayer !== (options.feePayer ?? null)) wrong("somebody else pays the fee");
  if (options.nonce !== undefined && t.nonce !== options.nonce) wrong("the nonce");
  const body = unsigned({ chain: chain.chain, sender, nonce: t.nonce, feeMax: t.feeMax, feePayer: t.feePayer, validUntil: t.validUntil, messages });
  if (!same(body, fromHex(p.unsigned))) wrong("its bytes say something else");
  if (!same(signBytes(chain.genesis, body), fromHex(p.signBytes))) wrong("it is for another chain");
}

/** Sends messages as one transaction, and gives what became of it. */
export async function send(client: Client, key: Key, messages: Message[], options: SendOptions = {}): Promise<TxState> {
  const chain = await client.chain();
  const p = await client.call("tx_prepare", {
    sender: key.publicKey,
    messages,
    ...(options.nonce !== undefined && { nonce: options.nonce }),
    ...(options.feePayer !== undefined && { feePayer: options.feePayer }),
  });
  if (p === null) throw new PreparedError("the node prepared nothing");
  check(p, chain, key.publicKey, messages, options);
  if (options.confirm && !(await options.confirm(p.summary, p))) throw new PreparedError("not confirmed");

  const signature = await key.sign(fromHex(p.signBytes));
  const name = toHex(hash(signed(fromHex(p.unsigned), signature)));
  const answer = await patient(() => client.call("tx_submit", { unsigned: p.unsigned, signature: toHex(signature) }));
  if (answer !== name) throw new PreparedError(`the node submitted ${answer}, not ${name}`);
  return wait(client, name, options);
}

/** Waits for a transaction. One that a rule refused is a FailedError. */
export async function wait(client: Client, name: `0x${string}`, options: Pick<SendOptions, "until" | "timeoutMs"> = {}): Promise<TxState> {
  const until = options.until ?? "final";
  const end = Date.now() + (options.timeoutMs ?? 60_000);
  const order: Stage[] = ["pending", "included", "final"];
  for (;;) {
    const left = Math.max(0, end - Date.now());
    const state = await patient(() => client.call("tx_wait", { hash: name, until, timeoutMs: Math.min(left, 30_000) }));
    if (state !== null && order.indexOf(state.stage) >= order.indexOf(until)) {
      if (state.receipt !== null && state.receipt.code !== 0) throw new FailedError(state.receipt);
      return state;
    }
    if (left === 0) throw new TransportError(`${name} is not ${until} in time: ${state === null ? "unknown" : state.stage}`);
  }
}

/** Makes a call again where there was no answer; a submission may be repeated. */
async function patient<T>(make: () => Promise<T>): Promise<T> {
  for (let waitMs = 250; ; waitMs *= 2) {
    try {
      return await make();
    } catch (e) {
      if (!(e instanceof TransportError) || waitMs > 4000) throw e;
      await new Promise((done) => setTimeout(done, waitMs));
    }
  }
}
