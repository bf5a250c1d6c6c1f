// Goal: a node that prepares anything but what was asked for gets no signature.
// Method: the executed example of tx_prepare in the OpenRPC document (argument)
// passes; every change of a byte of it, and every lie beside the bytes, does not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { check, PreparedError } from "probity-client";

const doc = JSON.parse(readFileSync(process.argv[2], "utf8"));
const example = (name) => doc.methods.find((m) => m.name === name).examples[0];
const given = Object.fromEntries(example("tx_prepare").params.map((p) => [p.name, p.value]));
const good = example("tx_prepare").result.value;
const chain = example("chain_status").result.value;
const ask = (p, messages = given.messages, options = {}, on = chain, sender = given.sender) => check(p, on, sender, messages, options);
const lies = (say, ...args) => assert.throws(() => ask(...args), PreparedError, say);

ask(good);
for (const member of ["unsigned", "signBytes"]) {
  for (let at = 2; at < good[member].length; at++) {
    const digit = good[member][at] === "0" ? "1" : "0";
    lies(`${member} ${at}`, { ...good, [member]: good[member].slice(0, at) + digit + good[member].slice(at + 1) });
  }
  lies("longer", { ...good, [member]: good[member] + "00" });
}
const told = (change) => ({ ...good, tx: { ...good.tx, ...change } });
for (const change of [{ nonce: good.tx.nonce + 1 }, { feeMax: "1" }, { feePayer: good.tx.from }, { validUntil: 1 }, { sender: good.tx.hash }]) {
  lies(JSON.stringify(change), told(change));
}
const other = structuredClone(given.messages);
other[0].body.amount = "8";
lies("another amount", good, other);
lies("a message more", good, [...given.messages, ...given.messages]);
lies("beyond the limit", good, given.messages, { feeMax: (BigInt(good.tx.feeMax) - 1n).toString() });
lies("another nonce", good, given.messages, { nonce: good.tx.nonce + 1 });
lies("no payer", good, given.messages, { feePayer: good.tx.from });
lies("another chain", good, given.messages, {}, { ...chain, chain: "elsewhere" });
lies("another genesis", good, given.messages, {}, { ...chain, genesis: good.tx.hash });
lies("another key", good, given.messages, {}, chain, good.tx.hash);
console.log("checked");
