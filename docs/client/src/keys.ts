// An account's key: ed25519 by the cryptography that browsers and Node have.

import { type Bytes, concat, fromHex, type Hex, toHex } from "./bytes.js";
import type { Address } from "./methods.js";
import { addressOfKey } from "./values.js";

const algorithm = "Ed25519";
// What stands before the 32 bytes of a private key in PKCS #8 (RFC 8410 §7).
const pkcs8 = fromHex("0x302e020100300506032b657004220420");

/** A private key that signs transactions. */
export class Key {
  private constructor(
    private readonly secret: CryptoKey,
    readonly publicKey: Hex,
    /** The account that the key controls. */
    readonly address: Address,
  ) {}

  /** The key of a seed of 32 bytes, given as bytes or as 0x and hex digits. */
  static async fromSeed(seed: Uint8Array | string): Promise<Key> {
    const bytes = typeof seed === "string" ? fromHex(seed) : seed;
    if (bytes.length !== 32) throw new TypeError(`a seed has 32 bytes, not ${bytes.length}`);
    const form = concat(pkcs8, bytes);
    const open = await crypto.subtle.importKey("pkcs8", form, algorithm, true, ["sign"]);
    const jwk = await crypto.subtle.exportKey("jwk", open);
    const text = atob((jwk.x ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const publicKey = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const secret = await crypto.subtle.importKey("pkcs8", form, algorithm, false, ["sign"]);
    return new Key(secret, toHex(publicKey), addressOfKey(publicKey));
  }

  /** A new key and its seed, which whoever wants the key again has to keep. */
  static async generate(): Promise<{ key: Key; seed: Hex }> {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    return { key: await Key.fromSeed(seed), seed: toHex(seed) };
  }

  /** Signs bytes as they are (RFC 8032). */
  async sign(bytes: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign(algorithm, this.secret, bytes));
  }
}
