// The one byte form of values (docs/spec/wire.md §1), built from the layouts of
// the OpenRPC document: what is signed is made here, not taken from a node.

import { type Bytes, concat, fromHex, utf8 } from "./bytes.js";
import { type Action, type Layout, layouts, type Message } from "./methods.js";
import { addressBytesOf } from "./values.js";

const major = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4 };
const simple = { false: 0xf4, true: 0xf5, null: 0xf6 };

/** The beginning of an item, its number in the shortest form. */
function head(kind: number, n: bigint): Bytes {
  if (n < 24n) return Uint8Array.of((kind << 5) | Number(n));
  const size = n < 1n << 8n ? 0 : n < 1n << 16n ? 1 : n < 1n << 32n ? 2 : 3;
  const b = new Uint8Array(1 + (1 << size));
  b[0] = (kind << 5) | (24 + size);
  for (let i = b.length - 1; i > 0; i--, n >>= 8n) b[i] = Number(n & 0xffn);
  return b;
}

const bytes = (b: Uint8Array): Bytes => concat(head(major.bytes, BigInt(b.length)), b);
const array = (items: Uint8Array[]): Bytes => concat(head(major.array, BigInt(items.length)), ...items);

/** A whole number given as a number, a bigint, or a string of decimal or 0x digits. */
function integer(value: unknown, least: bigint, bits: bigint): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new TypeError("not a whole number below 2⁵³");
  if (typeof value !== "number" && typeof value !== "bigint" && !(typeof value === "string" && /^(-?\d+|0x[0-9a-fA-F]+)$/.test(value))) {
    throw new TypeError("not a whole number");
  }
  const n = BigInt(value);
  if (n < least || n >= 1n << bits) throw new TypeError("out of range");
  return n;
}

function scalar(layout: string, value: unknown): Bytes {
  switch (layout) {
    case "uint":
      return head(major.uint, integer(value, 0n, 64n));
    case "int": {
      const n = integer(value, -(1n << 63n), 63n);
      return n < 0n ? head(major.negative, -1n - n) : head(major.uint, n);
    }
    case "amount": {
      const digits = integer(value, 0n, 128n).toString(16);
      return bytes(digits === "0" ? new Uint8Array() : fromHex(`0x${digits.padStart(digits.length + (digits.length % 2), "0")}`));
    }
    case "bool":
      if (typeof value !== "boolean") throw new TypeError("neither true nor false");
      return Uint8Array.of(value ? simple.true : simple.false);
  }
  if (typeof value !== "string") throw new TypeError("not a string");
  switch (layout) {
    case "text": {
      const text = utf8(value);
      return concat(head(major.text, BigInt(text.length)), text);
    }
    case "bytes":
      return bytes(fromHex(value));
    case "address":
      return bytes(addressBytesOf(value));
  }
  throw new TypeError(`no layout ${layout}`);
}

/** The bytes of a value; a TypeError names the member that has none. */
export function encode(layout: Layout, value: unknown, path = ""): Bytes {
  if (layout === "action") return message(value as Message | Action);
  if (typeof layout === "string") {
    try {
      return scalar(layout, value);
    } catch (e) {
      throw new TypeError(`${path}: ${(e as Error).message}`, { cause: e });
    }
  }
  if ("choice" in layout) {
    const n = typeof value === "string" && Object.hasOwn(layout.choice, value) ? layout.choice[value] : undefined;
    if (n === undefined) throw new TypeError(`${path}: want ${Object.keys(layout.choice).join(" or ")}`);
    return head(major.uint, BigInt(n));
  }
  if ("optional" in layout) {
    return value === null || value === undefined ? Uint8Array.of(simple.null) : encode(layout.optional, value, path);
  }
  if ("list" in layout) {
    if (!Array.isArray(value)) throw new TypeError(`${path}: not a list`);
    return array(value.map((v, i) => encode(layout.list, v, `${path}[${i}]`)));
  }
  if (typeof value !== "object" || value === null) throw new TypeError(`${path}: not an object`);
  const object = value as Record<string, unknown>;
  for (const name of Object.keys(object)) {
    if (!layout.struct.some(([known]) => known === name)) throw new TypeError(`${path}: unknown member ${name}`);
  }
  return array(
    layout.struct.map(([name, inner]) => {
      const given = Object.hasOwn(object, name) ? object[name] : undefined;
      const may = typeof inner === "object" && "optional" in inner;
      if (given === undefined && !may) throw new TypeError(`${path}: member ${name} is missing`);
      return encode(inner, given, path === "" ? name : `${path}.${name}`);
    }),
  );
}

/** The bytes of a message, or of an action of a proposal. */
export function message(m: Message | Action): Bytes {
  const name = `${m.route}/${m.message}`;
  const known = Object.hasOwn(layouts, name) ? layouts[name] : undefined;
  if (!known) throw new TypeError(`no message ${name}`);
  return array([head(major.uint, BigInt(known.route)), head(major.uint, BigInt(known.message)), bytes(encode(known.body, m.body))]);
}

/** What a transaction holds but for its signature. */
export interface Unsigned {
  chain: string;
  sender: string;
  nonce: number;
  feeMax: string;
  feePayer: string | null;
  validUntil: number;
  messages: Message[];
}

const unsignedLayout: Layout[] = ["text", "bytes", "uint", "amount", { optional: "address" }, "uint"];

/** The bytes of a transaction without its signature (docs/spec/wire.md §3). */
export function unsigned(t: Unsigned): Bytes {
  const values = [t.chain, t.sender, t.nonce, t.feeMax, t.feePayer, t.validUntil];
  return array([...values.map((v, i) => encode(unsignedLayout[i]!, v)), array(t.messages.map(message))]);
}

/** The bytes that the sender signs. */
export function signBytes(genesis: string, body: Uint8Array): Bytes {
  return concat(utf8("probity/tx/v1"), fromHex(genesis), body);
}

/** A transaction of its parts: the array of seven becomes one of eight. */
export function signed(body: Uint8Array, signature: Uint8Array): Bytes {
  return concat(head(major.array, 8n), body.subarray(1), bytes(signature));
}
