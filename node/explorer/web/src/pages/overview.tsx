// The first look: where the chain stands, its last blocks, and what is open.

import { useMemo } from "preact/hooks";
import { ago, clock, coins, count, percent, share, span } from "../format.ts";
import { has, plan, producerOf, recent, useChain, type Brief } from "../store.ts";
import { Addr, Block, Card, colour, Empty, Page, Pill, Shield, Show, Table, Tile, useRead } from "../ui/parts.tsx";
import { Plot } from "../ui/plot.tsx";

interface Supply { book: string; supply: string; minted: string; burned: string }
interface Spread { book: string; holders: number; gini: number; top: { k: number; share: number }[] }

export function Overview() {
  const c = useChain();
  const blocks = recent(240);
  const supply = useRead<Supply[]>(has("rep_supply") ? "rep_supply" : null, {}, 5000);
  const spread = useRead<Spread[]>(has("rep_distribution") ? "rep_distribution" : null, {}, 5000);
  const wrep = supply.value?.find((b) => b.book === "wREP");
  const pace = blocks.length > 1 ? (blocks[0].time - blocks[blocks.length - 1].time) / (blocks.length - 1) : 0;
  const txs = blocks.reduce((n, b) => n + b.txs, 0);
  const seconds = blocks.length > 1 ? (blocks[0].time - blocks[blocks.length - 1].time) / 1000 : 0;
  const final = median(c.finality.slice(-120).map((f) => f.ms));
  const newest = blocks[0];
  return (
    <Page title="Overview" lead="Everything here comes from the node that serves this page. A shield marks what this page has checked by itself.">
      <div class="tiles">
        <Tile name="Final height" value={count(c.tip)} note={newest ? (Date.now() - newest.time < 60_000 ? clock(newest.time) : ago(newest.time)) : ""} />
        <Tile name="Block interval" value={pace ? span(pace) : "–"} note={`of the last ${blocks.length} blocks`} />
        <Tile name="Seen final after" value={final === null ? "–" : span(final)} note="from notarized, as heard here" />
        <Tile name="Transactions" value={seconds > 0 ? `${(txs / seconds).toFixed(1)}/s` : "–"} note={`${count(txs)} in these blocks`} />
        {wrep && <Tile name="Work reputation" value={coins(wrep.supply, 0)} note={`${coins(wrep.minted, 0)} minted, ${coins(wrep.burned, 0)} burned`} />}
        {spread.value?.[0] && <Tile name="Largest holder" value={percent(spread.value[0].top[0].share / 1e6)} note={`of ${count(spread.value[0].holders)}, Gini ${(spread.value[0].gini / 1e6).toFixed(3)}`} />}
      </div>
      <Card title="Last blocks" note="colour: producer · height: transactions · gap: a skipped view">
        <River blocks={blocks.slice(0, 120)} />
        <Table rows={blocks.slice(0, 8)} caption="The last blocks" id={(b) => b.height} columns={[
          { head: "Block", cell: (b) => <><Block height={b.height} /> <Shield ok={c.checks.get(b.height)} /></> },
          { head: "Time", cell: (b) => clock(b.time) },
          { head: "Producer", cell: (b) => <Addr of={producerOf(b)} dot /> },
          { head: "View", num: true, wide: true, cell: (b) => `${b.epoch}/${b.view}` },
          { head: "Transactions", num: true, cell: (b) => b.txs },
        ]} />
      </Card>
      <div class="two">
        <Card title="Finality" note="time from notarized to final, heard by this page"><FinalityPlot /></Card>
        <Open />
      </div>
    </Page>
  );
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const s = [...values].sort((a, b) => a - b);
  return s[s.length >> 1];
}

/** The last blocks as bars, oldest left. */
export function River(props: { blocks: Brief[] }) {
  const list = [...props.blocks].reverse();
  if (list.length === 0) return <Empty>Waiting for the first block.</Empty>;
  const most = Math.max(1, ...list.map((b) => b.txs));
  const slots: (Brief | null)[] = [];
  list.forEach((b, i) => {
    const before = list[i - 1];
    if (before && before.epoch === b.epoch) for (let v = before.view + 1; v < b.view && v < before.view + 4; v++) slots.push(null);
    slots.push(b);
  });
  const shown = slots.slice(-120);
  const width = 8;
  return (
    <svg class="river" viewBox={`0 0 ${120 * width} 56`} preserveAspectRatio="none" role="img"
      aria-label={`The last ${list.length} blocks; ${slots.length - list.length} views were skipped`}>
      {shown.map((b, i) => {
        const x = (120 - shown.length + i) * width;
        if (!b) return <rect key={`s${i}`} x={x + 1} y="50" width={width - 2} height="4" class="gap" />;
        const tall = 12 + (38 * b.txs) / most;
        return (
          <a key={b.height} href={`#/block/${b.height}`} tabIndex={-1}>
            <rect x={x + 1} y={54 - tall} width={width - 2} height={tall} rx="1.5" style={{ fill: colour(producerOf(b)) }}>
              <title>{`Block ${b.height}: ${b.txs} transactions`}</title>
            </rect>
          </a>
        );
      })}
    </svg>
  );
}

export function FinalityPlot(props: { height?: number }) {
  const c = useChain();
  const n = c.finality.length;
  const [x, lines] = useMemo(() => {
    const f = c.finality.slice(-300);
    return [f.map((p) => p.height), [{ label: "Final after", values: f.map((p) => p.ms), colour: "--c0" }]];
  }, [n, n ? c.finality[n - 1].height : 0]);
  if (n < 3) return <Empty>Listening. Blocks heard from now on are plotted here.</Empty>;
  return <Plot label={`Time from notarized to final of the last ${x.length} blocks; the median is ${Math.round(median(c.finality.map((p) => p.ms)) ?? 0)} ms`}
    x={x} lines={lines} height={props.height ?? 200} y={(v) => span(v)} xAs={(v) => count(Math.round(v))} from0 />;
}

interface Proposal { number: number; title: string; state: string; until: number; proposer: string }
interface PoolInfo { id: number; open: boolean; config: { opener: string; book: string; deadline: number }; for: string; against: string }

/** What is under way in governance. */
function Open() {
  const proposals = useRead<Proposal[]>(has("legislature_list") ? "legislature_list" : null, { limit: 6 }, 5000);
  const pools = useRead<PoolInfo[]>(has("forum_validating") ? "pool_list" : null, { limit: 6 }, 5000);
  const c = useChain();
  const p = c.status ? plan(c.status.epoch) : null;
  const weight = p?.roster.members.reduce((n, m) => n + BigInt(m.weight), 0n) ?? 0n;
  return (
    <Card title="Under way">
      {p && (
        <p class="lead">
          Epoch {count(p.epoch)}: blocks {count(p.first)} to {count(p.first + p.blocks - 1)}, a roster of {p.roster.members.length} with weight {count(weight)}.
        </p>
      )}
      {has("legislature_list") ? (
        <Show of={proposals} is={(v) => v.length > 0} empty="No proposal has been made yet.">
          {(list) => <Table rows={list} caption="Proposals" id={(x) => x.number} columns={[
            { head: "Proposal", cell: (x) => <a href={`#/proposal/${x.number}`}>{x.number}. {x.title || "Without a title"}</a> },
            { head: "State", cell: (x) => <Pill of={x.state} /> },
            { head: "Until", num: true, wide: true, cell: (x) => (x.until ? ago(x.until) : "–") },
          ]} />}
        </Show>
      ) : <Empty>This node's chain has no legislature.</Empty>}
      {pools.value?.some((x) => x.open) && <Table rows={pools.value.filter((x) => x.open)} caption="Open pools" id={(x) => x.id} columns={[
        { head: "Pool", cell: (x) => <a href={`#/pool/${x.id}`}>{x.config.opener} {x.id}</a> },
        { head: "For", num: true, cell: (x) => percent(share(x.for, String(BigInt(x.for) + BigInt(x.against))), 0) },
        { head: "Ends", num: true, cell: (x) => ago(x.config.deadline) },
      ]} />}
    </Card>
  );
}
