// Bytes, and the hash of the chain.

/** Bytes as a node writes them: 0x and hex digits. */
export type Hex = `0x${string}`;

/** Bytes over memory of their own, as the browser's cryptography wants them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function toHex(b: Uint8Array): Hex {
  let s = "";
  for (const x of b) s += x.toString(16).padStart(2, "0");
  return `0x${s}`;
}

export function fromHex(s: string): Bytes {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(s)) throw new TypeError(`not 0x and hex digits: ${s.slice(0, 40)}`);
  const b = new Uint8Array(s.length / 2 - 1);
  for (let i = 0; i < b.length; i++) b[i] = Number.parseInt(s.slice(2 + 2 * i, 4 + 2 * i), 16);
  return b;
}

export function concat(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

export const utf8 = (s: string): Bytes => new TextEncoder().encode(s) as Bytes;

// BLAKE3 (the paper's §2), as far as a hash of 32 bytes without a key needs it.
const iv = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const permutation = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const flag = { chunkStart: 1, chunkEnd: 2, parent: 4, root: 8 };
const chunkBytes = 1024;
const blockBytes = 64;

function compress(chain: number[], words: number[], counter: number, length: number, flags: number): number[] {
  const v = [...chain, ...iv.slice(0, 4), counter >>> 0, Math.floor(counter / 2 ** 32), length, flags];
  const g = (a: number, b: number, c: number, d: number, x: number, y: number): void => {
    const turn = (n: number, by: number): number => (n >>> by) | (n << (32 - by));
    v[a] = (v[a]! + v[b]! + x) | 0;
    v[d] = turn(v[d]! ^ v[a]!, 16);
    v[c] = (v[c]! + v[d]!) | 0;
    v[b] = turn(v[b]! ^ v[c]!, 12);
    v[a] = (v[a]! + v[b]! + y) | 0;
    v[d] = turn(v[d]! ^ v[a]!, 8);
    v[c] = (v[c]! + v[d]!) | 0;
    v[b] = turn(v[b]! ^ v[c]!, 7);
  };
  let m = words;
  for (let round = 0; round < 7; round++) {
    for (let i = 0; i < 4; i++) g(i, 4 + i, 8 + i, 12 + i, m[2 * i]!, m[2 * i + 1]!);
    for (let i = 0; i < 4; i++) g(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), m[8 + 2 * i]!, m[9 + 2 * i]!);
    m = permutation.map((p) => m[p]!);
  }
  return v.slice(0, 8).map((x, i) => x ^ v[8 + i]!);
}

function wordsOf(block: Uint8Array): number[] {
  const full = new Uint8Array(blockBytes);
  full.set(block);
  const view = new DataView(full.buffer);
  return Array.from({ length: 16 }, (_, i) => view.getUint32(4 * i, true));
}

/** The chaining value of a chunk; root where it is the only one. */
function chunk(b: Uint8Array, counter: number, root: number): number[] {
  let chain = iv;
  for (let at = 0; at === 0 || at < b.length; at += blockBytes) {
    const block = b.subarray(at, at + blockBytes);
    const last = at + blockBytes >= b.length;
    const flags = (at === 0 ? flag.chunkStart : 0) | (last ? flag.chunkEnd | root : 0);
    chain = compress(chain, wordsOf(block), counter, block.length, flags);
  }
  return chain;
}

function tree(b: Uint8Array, counter: number, root: number): number[] {
  if (b.length <= chunkBytes) return chunk(b, counter, root);
  let left = chunkBytes; // the largest power of two of chunks that leaves something to the right
  while (2 * left < b.length) left *= 2;
  const a = tree(b.subarray(0, left), counter, 0);
  const c = tree(b.subarray(left), counter + left / chunkBytes, 0);
  return compress(iv, [...a, ...c], 0, blockBytes, flag.parent | root);
}

/** BLAKE3-256 of all parts in a row. */
export function hash(...parts: Uint8Array[]): Bytes {
  const out = new DataView(new ArrayBuffer(32));
  tree(concat(...parts), 0, flag.root).forEach((w, i) => out.setUint32(4 * i, w, true));
  return new Uint8Array(out.buffer);
}
