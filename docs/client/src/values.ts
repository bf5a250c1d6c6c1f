// Addresses and amounts.

import { type Bytes, hash } from "./bytes.js";
import type { Address, Amount } from "./methods.js";

const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const prefix = "prb";
const addressBytes = 20;
const bech32m = 0x2bc830a3;

function checksum(values: number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let c = 1;
  for (const v of values) {
    const top = c >>> 25;
    c = ((c & 0x1ffffff) << 5) ^ v;
    for (let i = 0; i < 5; i++) if ((top >>> i) & 1) c ^= generator[i]!;
  }
  return c;
}

const expanded = [...[...prefix].map((l) => l.charCodeAt(0) >>> 5), 0, ...[...prefix].map((l) => l.charCodeAt(0) & 31)];

/** Groups bits anew; a rest of zeros is filled up, or must be less than a group. */
function regroup(values: Iterable<number>, from: number, to: number, fill: boolean): number[] | null {
  const out: number[] = [];
  let held = 0;
  let bits = 0;
  for (const v of values) {
    held = ((held << from) | v) & 0xfff;
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((held >>> bits) & ((1 << to) - 1));
    }
  }
  if (fill && bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1));
  return !fill && (bits >= from || (held & ((1 << bits) - 1)) !== 0) ? null : out;
}

/** The address that 20 bytes spell. */
export function addressOf(bytes: Uint8Array): Address {
  if (bytes.length !== addressBytes) throw new TypeError(`an address has ${addressBytes} bytes, not ${bytes.length}`);
  const data = regroup(bytes, 8, 5, true)!;
  const sum = checksum([...expanded, ...data, 0, 0, 0, 0, 0, 0]) ^ bech32m;
  for (let i = 5; i >= 0; i--) data.push((sum >>> (5 * i)) & 31);
  return `prb1${data.map((v) => letters[v]).join("")}`;
}

/** The 20 bytes of an address; a TypeError where a letter of it is wrong. */
export function addressBytesOf(address: string): Bytes {
  const text = address === address.toUpperCase() ? address.toLowerCase() : address;
  const data = [...text.slice(prefix.length + 1)].map((l) => letters.indexOf(l));
  const bytes = regroup(data.slice(0, -6), 5, 8, false);
  if (!text.startsWith(prefix + "1") || data.includes(-1) || checksum([...expanded, ...data]) !== bech32m || bytes?.length !== addressBytes) {
    throw new TypeError(`no address: ${address.slice(0, 60)}`);
  }
  return Uint8Array.from(bytes);
}

/** The address of the account of a public key. */
export function addressOfKey(publicKey: Uint8Array): Address {
  return addressOf(hash(publicKey).subarray(0, addressBytes));
}

const decimals = 9;
const amountMax = 1n << 128n;

/** Base units (10⁻⁹) of an amount in whole $ or REP: amount("10.5") is "10500000000". */
export function amount(whole: string | number | bigint): Amount {
  const m = /^(\d+)(?:\.(\d{1,9}))?$/.exec(String(whole));
  if (!m) throw new TypeError(`no amount: ${whole}`);
  const units = BigInt(m[1]! + (m[2] ?? "").padEnd(decimals, "0"));
  if (units >= amountMax) throw new TypeError(`an amount beyond 2¹²⁸ base units: ${whole}`);
  return units.toString();
}

/** An amount of base units in whole $ or REP: whole("10500000000") is "10.5". */
export function whole(units: Amount): string {
  const digits = BigInt(units).toString().padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, "");
}
