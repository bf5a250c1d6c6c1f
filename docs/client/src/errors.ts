// What can go wrong.

import type { ErrorKind, Receipt } from "./methods.js";

/** An error that the node answered. kind is stable; hint says what to do. */
export class RpcError extends Error {
  override readonly name = "RpcError";

  constructor(
    message: string,
    readonly code: number,
    readonly kind: ErrorKind,
    readonly hint: string,
    readonly got: unknown,
    readonly want: unknown,
  ) {
    super(`${message} (${kind})${hint ? `: ${hint}` : ""}`);
  }

  /** The error of an answer, as JSON-RPC has it. */
  static of(e: { code: number; message: string; data?: { kind?: string; hint?: string; got?: unknown; want?: unknown } }): RpcError {
    return new RpcError(e.message, e.code, e.data?.kind ?? "UNKNOWN", e.data?.hint ?? "", e.data?.got ?? null, e.data?.want ?? null);
  }
}

/** There was no answer of a node. Calls that only read may be made again; so may tx_submit. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}

/** What a node prepared is not what was asked for. Nothing has been signed. */
export class PreparedError extends Error {
  override readonly name = "PreparedError";
}

/** The transaction is in a block, and a rule refused it. Its fee was charged. */
export class FailedError extends Error {
  override readonly name = "FailedError";

  constructor(readonly receipt: Receipt) {
    super(`${receipt.text} (${receipt.kind})`);
  }
}
