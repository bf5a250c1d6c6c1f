// Contributions: who wrote what counts, the shares that follow, and custody.

import { useEffect, useState } from "preact/hooks";
import { ago, brief, coins, count, percent } from "../format.ts";
import { read } from "../rpc.ts";
import { has } from "../store.ts";
import { AutoTable } from "../ui/auto.tsx";
import { Addr, Card, Coins, Empty, Facts, Hash, Meter, Page, Pill, Show, Skeleton, Table, Tile, useRead } from "../ui/parts.tsx";

interface Status { counting: number; stage: string; repo: string; branch: string; commit: string; triggered: number; deadline: number; hash: string; minted: string; total: string; owed: string; nextFrom: number; nextAtMost: string }
interface Leaf { identity: string; micropoints: number; addresses: string[] | null }
interface Points { counting: number; commit: string; total: number; leaves: Leaf[]; cursor: string }
interface Holders { total: string; holders: { address: string; amount: string; identity: string }[]; cursor: string }

/** Pages that are read of the points. */
const leavesMost = 5000;

export function Contributions() {
  const status = useRead<Status>("contribution_pac", {}, "block");
  const shares = useRead<Holders>(has("contribution_shares") ? "contribution_shares" : null, { limit: 100 }, 5000);
  const orders = useRead<object[]>(has("contribution_orders") ? "contribution_orders" : null, { from: 0, limit: 50 }, 5000);
  const documents = useRead<object[]>(has("contribution_documents") ? "contribution_documents" : null, {}, 5000);
  const s = status.value;
  return (
    <Page title="Contributions" lead="Lines that survive in the repository earn points; points earn shares, and shares decide merges.">
      {s && (
        <>
          <div class="tiles">
            <Tile name="Counting" value={count(s.counting)} note={<Pill of={String(s.stage)} />} />
            <Tile name="Shares" value={coins(s.total, 1)} note={`${coins(s.minted, 1)} by the last counting`} />
            <Tile name="gREP owed" value={coins(s.owed, 1)} />
            <Tile name="Next counting" value={s.nextFrom > Date.now() ? ago(s.nextFrom) : "at any time"} note={`mints at most ${coins(s.nextAtMost, 1)}`} />
          </div>
          <Card title="Last counting">
            <Facts rows={[
              ["Repository", s.repo ? `${s.repo} · ${s.branch}` : "none is set"],
              ["Commit", s.commit ? <span class="mono">{brief(s.commit, 12, 0)}</span> : "–"],
              ["Asked for", s.triggered ? ago(s.triggered) : "never"],
              ["Agreed hash", <Hash of={s.hash} />],
            ]} />
          </Card>
        </>
      )}
      <PointsCard counting={s?.counting ?? 0} />
      <Card title="Shares">
        <Show of={shares} is={(v) => v.holders.length > 0} empty="No shares have been minted yet.">
          {(v) => <Table rows={[...v.holders].sort((a, b) => (BigInt(b.amount) > BigInt(a.amount) ? 1 : -1))} caption="Shares" folds id={(h) => h.address} columns={[
            { head: "Account", cell: (h) => <Addr of={h.address} dot /> },
            { head: "Waits for", cell: (h) => h.identity || <span class="faint">linked</span> },
            { head: "", wide: true, cell: (h) => <Meter part={Number((BigInt(h.amount) * 1000n) / (BigInt(v.total) || 1n)) / 1000} label="Share" /> },
            { head: "Shares", num: true, cell: (h) => <Coins of={h.amount} /> },
          ]} />}
        </Show>
      </Card>
      {orders.value && orders.value.length > 0 && <Card title="Orders to bots"><AutoTable rows={orders.value} caption="Orders" leave={["key"]} /></Card>}
      {documents.value && documents.value.length > 0 && <Card title="Credentials in custody"><AutoTable rows={documents.value} caption="Credentials" /></Card>}
    </Page>
  );
}

function PointsCard(props: { counting: number }) {
  const [points, set] = useState<Points | null | undefined>(undefined);
  useEffect(() => {
    let current = true;
    (async () => {
      let all: Points | null = null;
      let cursor = "";
      do {
        const p: Points | null = await read<Points>("contribution_points", { cursor, limit: 1000 });
        if (!p) break;
        if (all) p.leaves = all.leaves.concat(p.leaves);
        all = p;
        cursor = p.cursor;
      } while (cursor && all.leaves.length < leavesMost);
      if (current) set(all);
    })().catch(() => current && set(null));
    return () => {
      current = false;
    };
  }, [props.counting]);
  if (points === undefined) return <Skeleton />;
  const leaves = [...(points?.leaves ?? [])].sort((a, b) => b.micropoints - a.micropoints);
  return (
    <Card title="Points" note={points ? `of commit ${brief(points.commit, 8, 0)}` : ""}>
      {leaves.length === 0 ? <Empty>No tree of contributions has been agreed on yet.</Empty> : (
        <>
          <div class="stack" role="img" aria-label="Points by identity">
            {leaves.slice(0, 40).map((l, i) => <i key={l.identity} style={{ flexGrow: String(l.micropoints), background: `var(--c${i % 8})` }} title={`${l.identity}: ${percent(l.micropoints / points!.total)}`} />)}
          </div>
          <Table rows={leaves.slice(0, 100)} caption="Points" folds id={(l) => l.identity} columns={[
            { head: "Identity", cell: (l, i) => <span>{i < 40 && <span class="dot" style={{ background: `var(--c${i % 8})` }} aria-hidden="true" />}{l.identity}</span> },
            { head: "Accounts", cell: (l) => (l.addresses?.length ? l.addresses.map((a) => <Addr key={a} of={a} dot />) : <span class="faint">not linked</span>) },
            { head: "Part", num: true, cell: (l) => percent(l.micropoints / points!.total) },
            { head: "Points", num: true, cell: (l) => (l.micropoints / 1e6).toLocaleString("en", { maximumFractionDigits: 1 }) },
          ]} />
        </>
      )}
    </Card>
  );
}
