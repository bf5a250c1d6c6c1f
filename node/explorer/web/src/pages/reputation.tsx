// Reputation: how much there is, who holds it, and how both went over time.

import { useEffect, useMemo, useState } from "preact/hooks";
import { coins, count, float, percent } from "../format.ts";
import { read, type Read, call } from "../rpc.ts";
import { chain, useChain } from "../store.ts";
import { Addr, Card, Coins, Empty, Meter, Page, Skeleton, Table, Tile, useRead } from "../ui/parts.tsx";
import { Plot } from "../ui/plot.tsx";

interface Supply { book: string; supply: string; genesis: string; minted: string; burned: string }
interface Spread { book: string; holders: number; gini: number; top: { k: number; share: number }[] }
interface Holders { holders: { address: string; amount: string }[]; cursor: string }

const samples = 60;

interface Sample { height: number; supply: Supply[]; spread: Spread[] }

/** Supply and distribution at heights spread over the chain, as far back as
 *  the node keeps its state. */
function useHistory(): Sample[] | null {
  const { started } = useChain();
  const [list, set] = useState<Sample[] | null>(null);
  useEffect(() => {
    let current = true;
    const { tip } = chain;
    const heights = [...new Set(Array.from({ length: samples }, (_, i) => Math.round((tip * i) / (samples - 1))))];
    Promise.all(heights.map(async (at) => {
      try {
        const [supply, spread] = await Promise.all([
          call<Read<Supply[]> | null>("rep_supply", { at }), read<Spread[]>("rep_distribution", { at }),
        ]);
        return supply && spread ? { height: at, supply: supply.value, spread } : null;
      } catch {
        return null; // pruned
      }
    })).then((all) => current && set(all.filter((s) => s !== null)));
    return () => {
      current = false;
    };
  }, [started]);
  return list;
}

export function Reputation() {
  const [book, setBook] = useState("wREP");
  const supply = useRead<Supply[]>("rep_supply", {}, 3000);
  const spread = useRead<Spread[]>("rep_distribution", {}, 3000);
  const history = useHistory();
  const s = supply.value?.find((b) => b.book === book);
  const d = spread.value?.find((b) => b.book === book);
  return (
    <Page title="Reputation" lead="Earned by work that others approve, lost by approving what they refuse. It cannot be sent."
      side={<div class="tabs" role="tablist">{["wREP", "gREP"].map((b) => <button key={b} role="tab" aria-selected={book === b} onClick={() => setBook(b)}>{b === "wREP" ? "Work" : "Governance"}</button>)}</div>}>
      {s && d && (
        <div class="tiles">
          <Tile name="Supply" value={coins(s.supply, 0)} note={book} />
          <Tile name="Minted" value={coins(s.minted, 1)} note={`burned ${coins(s.burned, 1)}`} />
          <Tile name="Holders" value={count(d.holders)} />
          <Tile name="Gini coefficient" value={(d.gini / 1e6).toFixed(4)} note="0: all hold the same" />
          {d.top.slice(0, 2).map((t) => <Tile key={t.k} name={t.k === 1 ? "The largest" : `The ${t.k} largest`} value={percent(t.share / 1e6)} note="of the book" />)}
        </div>
      )}
      {history === null ? <Skeleton /> : history.length < 2 ? <Empty>The node keeps no earlier state to plot.</Empty> : <Over history={history} book={book} />}
      <Held book={book} />
    </Page>
  );
}

function Over(props: { history: Sample[]; book: string }) {
  const [x, made, even] = useMemo(() => {
    const of = <T extends { book: string }>(list: T[]) => list.find((b) => b.book === props.book);
    const s = props.history;
    return [
      s.map((p) => p.height),
      [
        { label: "Supply", values: s.map((p) => float(of(p.supply)?.supply)), colour: "--c0" },
      ],
      [
        { label: "Largest", values: s.map((p) => share(of(p.spread), 1)), colour: "--c0" },
        { label: "3 largest", values: s.map((p) => share(of(p.spread), 3)), colour: "--c1" },
        { label: "10 largest", values: s.map((p) => share(of(p.spread), 10)), colour: "--c2" },
        { label: "Gini", values: s.map((p) => (of(p.spread)?.gini ?? 0) / 1e6), colour: "--c3" },
      ],
    ] as const;
  }, [props.history, props.book]);
  const n = (v: number) => v.toLocaleString("en", { maximumFractionDigits: 0 });
  const h = (v: number) => Math.round(v).toLocaleString("en");
  return (
    <div class="two">
      <Card title="Supply over time" note="by height"><Plot label={`Supply of ${props.book} from height ${x[0]} to ${x[x.length - 1]}`} x={x} lines={[...made]} y={n} xAs={h} /></Card>
      <Card title="Concentration over time" note="by height"><Plot label={`Shares of the largest holders and the Gini coefficient of ${props.book} over time`} x={x} lines={[...even]} y={(v) => v.toFixed(2)} xAs={h} from0 /></Card>
    </div>
  );
}

const share = (s: Spread | undefined, k: number): number => (s?.top.find((t) => t.k === k)?.share ?? 0) / 1e6;

/** Pages of a book that are read for the curve and the list. */
const holdersMost = 5000;

function Held(props: { book: string }) {
  const [all, set] = useState<{ address: string; amount: string }[] | null>(null);
  const [more, setMore] = useState(false);
  const [shown, setShown] = useState(25);
  useEffect(() => {
    let current = true;
    set(null);
    (async () => {
      let list: Holders["holders"] = [];
      let cursor = "";
      do {
        const page: Holders | null = await read<Holders>("rep_holders", { book: props.book, limit: 1000, cursor });
        list = list.concat(page?.holders ?? []);
        cursor = page?.cursor ?? "";
      } while (cursor && list.length < holdersMost && current);
      list.sort((a, b) => (BigInt(b.amount) > BigInt(a.amount) ? 1 : -1));
      if (current) {
        set(list);
        setMore(cursor !== "");
      }
    })().catch(() => current && set([]));
    return () => {
      current = false;
    };
  }, [props.book]);
  if (all === null) return <Skeleton />;
  if (all.length === 0) return <Card title="Holders"><Empty>Nobody holds {props.book} yet.</Empty></Card>;
  const total = all.reduce((n, h) => n + BigInt(h.amount), 0n) || 1n;
  const part = (h: { amount: string }) => Number((BigInt(h.amount) * 1_000_000n) / total) / 1e6;
  return (
    <div class="two lorenz-row">
      <Card title="Holders" note={more ? `the largest of the first ${count(all.length)} by address` : count(all.length)}>
        <Table rows={all.slice(0, shown)} caption={`Holders of ${props.book}`} id={(h) => h.address} columns={[
          { head: "Account", cell: (h) => <Addr of={h.address} dot /> },
          { head: "", wide: true, cell: (h) => <Meter part={part(h) / part(all[0])} label={percent(part(h))} /> },
          { head: "Share", num: true, cell: (h) => percent(part(h)) },
          { head: props.book, num: true, cell: (h) => <Coins of={h.amount} /> },
        ]} />
        {shown < all.length && <button onClick={() => setShown(shown + 100)}>Show more</button>}
      </Card>
      <Card title="Distribution" note="Lorenz curve"><Lorenz parts={all.map(part)} /></Card>
    </div>
  );
}

/** What the poorest so many hold together; the diagonal is equality. */
function Lorenz(props: { parts: number[] }) {
  const up = [...props.parts].reverse();
  const step = Math.max(1, Math.floor(up.length / 300));
  let sum = 0;
  let d = "M0 200";
  up.forEach((p, i) => {
    sum += p;
    if (i % step === 0 || i === up.length - 1) d += `L${((300 * (i + 1)) / up.length).toFixed(1)} ${(200 - 200 * sum).toFixed(1)}`;
  });
  return (
    <figure class="lorenz">
      <svg viewBox="-2 -2 304 204" role="img" aria-label="Lorenz curve: the nearer to the diagonal, the more evenly it is held">
        <path d={`${d}L300 200Z`} class="area" />
        <path d="M0 200L300 0" class="even" />
        <path d={d} class="curve" />
      </svg>
      <figcaption>Holders from the poorest to the richest; what they hold together. The dashed line: all hold the same.</figcaption>
    </figure>
  );
}
