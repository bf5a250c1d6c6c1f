// Bytes, their text forms, and the one byte form of values (spec wire §1).

export function fromHex(text: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})*$/.test(text)) throw new Error(`no hex bytes: ${text.slice(0, 20)}`);
  const out = new Uint8Array((text.length - 2) / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  return out;
}

export function toHex(b: Uint8Array): string {
  let out = "0x";
  for (const x of b) out += x.toString(16).padStart(2, "0");
  return out;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

const utf8 = new TextEncoder();
export const text = (s: string): Uint8Array => utf8.encode(s);

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

export const isZero = (b: Uint8Array): boolean => b.every((x) => x === 0);

/** The form in which a number is part of a state key: 8 bytes, big-endian. */
export function be64(n: bigint | number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(n));
  return out;
}

/** A value that can be encoded: unsigned integers, bytes, text, truth, null, arrays. */
export type Value = number | bigint | Uint8Array | string | boolean | null | Value[];

/** cbor is the one byte form of a value (RFC 8949 §4.2.1). */
export function cbor(v: Value): Uint8Array {
  if (v === null) return Uint8Array.of(0xf6);
  if (typeof v === "boolean") return Uint8Array.of(v ? 0xf5 : 0xf4);
  if (typeof v === "number" || typeof v === "bigint") return head(0, BigInt(v));
  if (typeof v === "string") {
    const b = text(v);
    return concat(head(3, BigInt(b.length)), b);
  }
  if (v instanceof Uint8Array) return concat(head(2, BigInt(v.length)), v);
  return concat(head(4, BigInt(v.length)), ...v.map(cbor));
}

function head(major: number, n: bigint): Uint8Array {
  if (n < 0n) throw new Error("no form for a negative number");
  const m = major << 5;
  if (n < 24n) return Uint8Array.of(m | Number(n));
  if (n < 0x100n) return Uint8Array.of(m | 24, Number(n));
  if (n < 0x10000n) return Uint8Array.of(m | 25, Number(n >> 8n), Number(n & 255n));
  if (n < 0x100000000n) {
    const out = new Uint8Array(5);
    out[0] = m | 26;
    new DataView(out.buffer).setUint32(1, Number(n));
    return out;
  }
  return concat(Uint8Array.of(m | 27), be64(n));
}

/** An amount is the byte string of its minimal big-endian form. */
export function amount(decimal: string): Uint8Array {
  let n = BigInt(decimal);
  const out: number[] = [];
  for (; n > 0n; n >>= 8n) out.unshift(Number(n & 255n));
  return Uint8Array.from(out);
}

/** A cursor over bytes, for the forms in which state values are kept (spec state §1). */
export class Reader {
  private at = 0;
  constructor(private readonly b: Uint8Array) {}

  get done(): boolean {
    return this.at === this.b.length;
  }

  byte(): number {
    if (this.done) throw new Error("the value ends too early");
    return this.b[this.at++];
  }

  uvarint(): bigint {
    let out = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const x = this.byte();
      out |= BigInt(x & 127) << shift;
      if (x < 128) return out;
    }
  }

  short(): bigint {
    let out = 0n;
    for (let n = this.byte(); n > 0; n--) out = (out << 8n) | BigInt(this.byte());
    return out;
  }

  /** An unsigned integer in cbor. */
  integer(): bigint {
    const first = this.byte();
    if (first >> 5 !== 0 || (first & 31) > 27) throw new Error("no integer");
    if ((first & 31) < 24) return BigInt(first & 31);
    let out = 0n;
    for (let n = 1 << ((first & 31) - 24); n > 0; n--) out = (out << 8n) | BigInt(this.byte());
    return out;
  }
}

const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** The 20 bytes of an address in bech32m (BIP 350) with the prefix prb. */
export function fromAddress(address: string): Uint8Array {
  const at = address.lastIndexOf("1");
  const prefix = address.slice(0, at);
  const data = [...address.slice(at + 1)].map((c) => letters.indexOf(c));
  if (prefix !== "prb" || data.includes(-1) || data.length < 6) throw new Error(`no address: ${address}`);
  const spread = [...prefix].map((c) => c.charCodeAt(0) >> 5);
  const low = [...prefix].map((c) => c.charCodeAt(0) & 31);
  if (polymod([...spread, 0, ...low, ...data]) !== 0x2bc830a3) throw new Error(`the checksum of ${address} is wrong`);
  const out: number[] = [];
  let bits = 0;
  let value = 0;
  for (const d of data.slice(0, -6)) {
    value = (value << 5) | d;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push((value >> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  if (out.length !== 20 || value !== 0) throw new Error(`no address: ${address}`);
  return Uint8Array.from(out);
}

function polymod(values: number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let check = 1;
  for (const v of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ v;
    for (let i = 0; i < 5; i++) if ((top >>> i) & 1) check ^= generator[i];
  }
  return check >>> 0;
}
