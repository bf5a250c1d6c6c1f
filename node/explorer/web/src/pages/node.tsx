// This node: who it is, whom it knows, and what it measures of itself.

import { useEffect, useState } from "preact/hooks";
import { ago, brief, count, span, words } from "../format.ts";
import { call } from "../rpc.ts";
import { useChain } from "../store.ts";
import { AutoFacts } from "../ui/auto.tsx";
import { Addr, Block, Card, Empty, Facts, Hash, Page, Pill, Raw, Table, Tile, Trouble } from "../ui/parts.tsx";

interface NodeStatus { software: string; protocol: number; peerId: string; account: string | null; consensus: string | null; member: boolean; producer: boolean; finalized: { height: number; hash: string }; syncing: boolean; peers: number; mempoolTxs: number; mempoolBytes: number; uptimeMs: number; upgrade: object | null }
interface Peer { id: string; address: string; inbound: boolean; score: number; latencyMs: number; since: number }
interface Metric { name: string; labels: Record<string, string>; value: number }

/** Metrics that are listed where nobody looks for others. */
const usual = /^probity_(chain|consensus|producer|pool|rep|beacon|p2p|mempool|signer|store|upgrade|evidence|circuit|oracle)/;

/** Calls a method again every so often. */
function useCall<T>(method: string, every: number): { value: T | undefined; error: Error | null } {
  const [state, set] = useState<{ value: T | undefined; error: Error | null }>({ value: undefined, error: null });
  useEffect(() => {
    let current = true;
    const ask = () => call<T>(method).then((value) => current && set({ value, error: null }), (error: Error) => current && set((s) => ({ ...s, error })));
    void ask();
    const t = setInterval(ask, every);
    return () => {
      current = false;
      clearInterval(t);
    };
  }, [method]);
  return state;
}

export function Node() {
  const c = useChain();
  const status = useCall<NodeStatus>("node_status", 2000);
  const peers = useCall<Peer[]>("node_peers", 2000);
  const metrics = useCall<Metric[]>("node_metricsSnapshot", 4000);
  const [find, set] = useState("");
  const s = status.value;
  const rows = (metrics.value ?? []).filter((m) => (find ? (m.name + JSON.stringify(m.labels)).includes(find) : usual.test(m.name)));
  return (
    <Page title="Node and peers" lead="The node that serves this page, as it sees itself.">
      {status.error && <Trouble error={status.error} />}
      {s && (
        <>
          <div class="tiles">
            <Tile name="Role" value={s.member ? "member" : "observer"} note={s.producer ? "and producer" : "no producer"} />
            <Tile name="Peers" value={count(s.peers)} />
            <Tile name="Up for" value={span(s.uptimeMs)} />
            <Tile name="Mempool" value={count(s.mempoolTxs)} note={`${count(s.mempoolBytes)} bytes`} />
            <Tile name="State" value={<Pill of={s.syncing ? "syncing" : "synced"} tone={s.syncing ? "live" : "good"} />} note={s.syncing && c.status ? `best ${count(c.status.best)}` : ""} />
          </div>
          <div class="two">
            <Card title="Node">
              <Facts rows={[
                ["Software", s.software],
                ["Protocol", count(s.protocol)],
                ["Account", s.account ? <Addr of={s.account} dot /> : "none"],
                ["Signs with", s.consensus ? <Hash of={s.consensus} /> : "nothing"],
                ["Peer id", <span class="mono" title={s.peerId}>{brief(s.peerId, 12, 6)}</span>],
                ["Chain", c.status?.chain ?? "–"],
                ["Genesis", <Hash of={c.status?.genesis ?? ""} />],
                ["Final", <Block height={s.finalized.height} />],
              ]} />
            </Card>
            <Card title="Upgrade">{s.upgrade ? <AutoFacts of={s.upgrade} /> : <Empty>No upgrade of the protocol is planned.</Empty>}</Card>
          </div>
        </>
      )}
      <Card title="Peers" note={count(peers.value?.length ?? 0)}>
        {peers.value && peers.value.length > 0 ? <Table rows={peers.value} caption="Peers" id={(p) => p.id} columns={[
          { head: "Peer", cell: (p) => <span class="mono" title={p.id}>{brief(p.id, 12, 6)}</span> },
          { head: "Address", wide: true, cell: (p) => <span class="mono">{p.address}</span> },
          { head: "Way", cell: (p) => (p.inbound ? "came to us" : "we went") },
          { head: "Latency", num: true, cell: (p) => (p.latencyMs < 10 ? `${p.latencyMs.toFixed(2)} ms` : span(p.latencyMs)) },
          { head: "Score", num: true, cell: (p) => p.score.toFixed(0) },
          { head: "Since", num: true, wide: true, cell: (p) => ago(p.since) },
        ]} /> : <Empty>It is connected to nobody.</Empty>}
      </Card>
      <Card title="Metrics" note={<label>Find <input value={find} onInput={(e) => set(e.currentTarget.value)} size={16} /></label>}>
        {rows.length === 0 ? <Empty>No metric of this name.</Empty> : <Table rows={rows.slice(0, 400)} caption="Metrics" folds columns={[
          { head: "Metric", cell: (m) => <span class="mono">{m.name.replace(/^probity_/, "")}</span> },
          { head: "Of", cell: (m) => Object.entries(m.labels).map(([k, v]) => `${words(k)} ${v}`).join(", ") || "–" },
          { head: "Value", num: true, cell: (m) => m.value.toLocaleString("en", { maximumFractionDigits: 6 }) },
        ]} />}
      </Card>
      {s && <Raw of={s} />}
    </Page>
  );
}
