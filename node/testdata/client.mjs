// A client that knows nothing of Probity but its OpenRPC document and ed25519:
// it asks a node what it can do, moves $ from one account to another, and
// checks every value that goes out or comes in against the document's schemas.
//
//   node client.mjs URL SEED AMOUNT
//
// SEED is the sender's ed25519 seed in hex; the receiver is a new key. It
// prints one JSON object when the transfer is final, and fails otherwise.

import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { request } from 'node:http';

const [url, seed, amount] = process.argv.slice(2);

let id = 0;

function post(message) {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: 'POST', headers: { 'Content-Type': 'application/json' } }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => {
        try { resolve({ status: res.statusCode, answer: JSON.parse(text) }); } catch (e) { reject(e); }
      });
    });
    req.on('error', reject).end(JSON.stringify(message));
  });
}

async function raw(method, params) {
  id += 1;
  const { status, answer } = await post({ jsonrpc: '2.0', id, method, params });
  assert.equal(status, 200);
  assert.equal(answer.jsonrpc, '2.0');
  assert.equal(answer.id, id);
  return answer;
}

const doc = (await raw('rpc.discover', {})).result;
assert.match(doc.openrpc, /^1\./);

// resolve follows a reference within the document.
function resolve(node) {
  if (!node.$ref) return node;
  assert.ok(node.$ref.startsWith('#/'), node.$ref);
  const at = node.$ref.slice(2).split('/').reduce((o, k) => o[k], doc);
  assert.ok(at, `${node.$ref} leads nowhere`);
  return resolve(at);
}

// wrong says where a value differs from a JSON schema; null where it fits.
function wrong(schema, value, path) {
  if (schema === true) return null;
  const s = resolve(schema);
  if (s.oneOf) {
    const faults = s.oneOf.map((o) => wrong(o, value, path));
    return faults.filter((f) => f === null).length === 1 ? null : `${path}: fits not exactly one of: ${faults.join('; ')}`;
  }
  if ('const' in s) return value === s.const ? null : `${path}: want ${s.const}`;
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (s.type && s.type !== type && !(s.type === 'number' && type === 'integer')) return `${path}: ${type}, want ${s.type}`;
  if (s.pattern && !new RegExp(s.pattern, 'u').test(value)) return `${path}: ${value} does not match ${s.pattern}`;
  if ('minimum' in s && value < s.minimum) return `${path}: ${value} is below ${s.minimum}`;
  if (type === 'array') {
    for (const [i, v] of value.entries()) {
      const fault = s.items && wrong(s.items, v, `${path}[${i}]`);
      if (fault) return fault;
    }
  }
  if (type === 'object') {
    for (const name of s.required ?? []) if (!(name in value)) return `${path}.${name} is missing`;
    for (const [name, v] of Object.entries(value)) {
      const member = s.properties?.[name];
      if (!member && s.additionalProperties === false) return `${path}.${name} is not in the schema`;
      const fault = member && wrong(member, v, `${path}.${name}`);
      if (fault) return fault;
    }
  }
  return null;
}

function method(name) {
  const m = doc.methods.find((x) => x.name === name);
  assert.ok(m, `the document has no ${name}`);
  return m;
}

// call makes a call by the document: params by name, and an answer as promised.
async function call(name, params) {
  const m = method(name);
  for (const p of m.params) {
    if (p.required) assert.ok(p.name in params, `${name}: ${p.name} is missing`);
    if (p.name in params) assert.equal(wrong(p.schema, params[p.name], p.name), null);
  }
  for (const p of Object.keys(params)) assert.ok(m.params.some((x) => x.name === p), `${name} has no ${p}`);
  const answer = await raw(name, params);
  assert.equal(answer.error, undefined, `${name}: ${JSON.stringify(answer.error)}`);
  assert.equal(wrong(m.result.schema, answer.result, name), null);
  return answer.result;
}

const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
const bytes = (text) => Buffer.from(text.slice(2), 'hex');
const publicOf = (key) => hex(Buffer.from(key.export({ format: 'jwk' }).x, 'base64url'));

// RFC 8410: the PKCS#8 form of an ed25519 key is this head and the seed.
const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'hex')]), format: 'der', type: 'pkcs8' });
const sender = publicOf(createPublicKey(key));
const receiver = publicOf(generateKeyPairSync('ed25519').publicKey);

// The document lists the messages that a transaction may hold.
const send = resolve(method('tx_prepare').params.find((p) => p.name === 'messages').schema).items.oneOf.map(resolve).find((m) => m.title === 'bank/send');
assert.ok(send, 'no message bank/send');
const message = (to, amount) => ({ route: send.properties.route.const, message: send.properties.message.const, body: { to, amount } });
const example = resolve(resolve(send.properties.body).properties.to).examples[0];

// An address is a hash that this program cannot compute: a node says whose it is.
const from = (await call('tx_prepare', { sender, messages: [message(example, '1')] })).tx.from;
const to = (await call('tx_prepare', { sender: receiver, messages: [message(example, '1')] })).tx.from;
assert.notEqual(from, to);

const balance = async (address) => BigInt((await call('bank_balance', { address }))?.value?.balance ?? 0);
const before = await balance(from);
assert.equal(await balance(to), 0n);

const prepared = await call('tx_prepare', { sender, messages: [message(to, amount)] });
assert.equal(prepared.tx.sender, sender);
assert.deepEqual(prepared.tx.messages, [message(to, amount)]);
assert.ok(prepared.summary.includes(to) && prepared.summary.includes(amount), prepared.summary);
const signature = sign(null, bytes(prepared.signBytes), key);

// One wrong bit is refused by the name that the document gives it.
const forged = Buffer.from(signature);
forged[0] ^= 1;
const refusal = await raw('tx_submit', { unsigned: prepared.unsigned, signature: hex(forged), publicKey: sender });
const promised = method('tx_submit').errors.map((e) => [e.$ref.split('/').pop(), resolve(e)]).find(([kind]) => kind === 'SIGNATURE');
assert.ok(promised, 'tx_submit lists no SIGNATURE');
assert.equal(refusal.error?.code, promised[1].code);
assert.equal(refusal.error.data.kind, 'SIGNATURE');
assert.ok(refusal.error.data.hint);

const hash = await call('tx_submit', { unsigned: prepared.unsigned, signature: hex(signature), publicKey: sender });
assert.equal(await call('tx_submit', { unsigned: prepared.unsigned, signature: hex(signature) }), hash, 'a known transaction');
const state = await call('tx_wait', { hash, until: 'final', timeoutMs: 30000 });
assert.equal(state?.stage, 'final');
assert.equal(state.receipt.code, 0, state.receipt.text);

assert.equal(await balance(to), BigInt(amount));
assert.equal(await balance(from), before - BigInt(amount) - BigInt(state.receipt.charged));
console.log(JSON.stringify({ hash, height: state.at.height, from, to, balance: amount }));
