// Goal: the client gives every message and action the bytes that the chain's own
// code gives it, and every account its address. Method: vectors on the standard
// input, made by that code: {messages: [{spoken, bytes}], keys: [{key, address}],
// hashes: [{of, hash}]}.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { addressBytesOf, addressOf, addressOfKey, encode, fromHex, hash, layouts, message, toHex } from "probity-client";

const { messages, keys, hashes } = JSON.parse(readFileSync(0, "utf8"));
const seen = new Set();
for (const { spoken, bytes } of messages) {
  assert.equal(toHex(message(spoken)), bytes, JSON.stringify(spoken));
  seen.add(`${spoken.route}/${spoken.message}`);
}
assert.deepEqual([...seen].sort(), Object.keys(layouts).sort());
for (const { key, address } of keys) {
  assert.equal(addressOfKey(fromHex(key)), address);
  assert.equal(addressOf(addressBytesOf(address)), address);
  const at = 4 + (Number.parseInt(key.slice(2, 6), 16) % 38);
  const wrong = address.slice(0, at) + (address[at] === "q" ? "p" : "q") + address.slice(at + 1);
  assert.throws(() => addressBytesOf(wrong), TypeError, wrong);
}
for (const { of, hash: want } of hashes) assert.equal(toHex(hash(fromHex(of))), want, `${of.length / 2 - 1} bytes`);

// What has no bytes is refused, and the member is named.
const refused = (layout, value, said) => assert.throws(() => encode(layout, value, "x"), (e) => e instanceof TypeError && e.message.includes(said), said);
refused("uint", -1, "x: out of range");
refused("uint", 2 ** 53, "x: not a whole number");
refused("uint", "18446744073709551616", "x: out of range");
refused("amount", (1n << 128n).toString(), "x: out of range");
refused("bytes", "0x0", "x: not 0x and hex digits");
refused("address", "prb1", "x: no address");
refused({ choice: { for: 1 } }, "against", "want for");
refused({ choice: { for: 1 } }, "toString", "want for");
refused({ list: "bool" }, [true, 1], "x[1]: neither");
refused({ struct: [["a", "uint"]] }, {}, "member a is missing");
refused({ struct: [["a", "uint"]] }, { a: 1, b: 2 }, "unknown member b");
refused({ struct: [["a", { struct: [["b", "text"]] }]] }, { a: { b: 1 } }, "x.a.b: not a string");
assert.throws(() => message({ route: "bank", message: "sned", body: {} }), /no message/);
console.log(`${messages.length} messages of ${seen.size} kinds`);
