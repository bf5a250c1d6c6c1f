// Goal: a stream of notices has no gap and nothing twice though connections
// break wherever they like; what a node refuses for good ends it. Method: a
// server (argument) that breaks each connection after some bytes, and at
// /expired refuses.
import assert from "node:assert/strict";
import { Client, RpcError } from "probity-client";

const [url, last] = process.argv.slice(2);
let broken = 0;
let next = 1;
for await (const n of new Client(url).events(["finalized", "peers"], { from: "1.0,x-0", broken: () => broken++ })) {
  assert.equal(n.topic, "finalized");
  assert.equal(n.result.height, next);
  assert.equal(n.id, `${next + 1}.0,x-0`);
  if (next++ === Number(last)) break;
}
assert.ok(broken > 3, `${broken} connections broke`);

await assert.rejects(
  async () => {
    for await (const n of new Client(`${url}/expired`).events(["pools"], { from: "1.0" })) assert.fail(JSON.stringify(n));
  },
  (e) => e instanceof RpcError && e.kind === "CURSOR_EXPIRED" && e.want === "30.0" && e.code === -32002,
);

// A signal ends it.
const stop = new AbortController();
setTimeout(() => stop.abort(), 100);
for await (const n of new Client(`${url}/silent`).events(["pools"], { signal: stop.signal })) assert.fail(JSON.stringify(n));
console.log("heard");
