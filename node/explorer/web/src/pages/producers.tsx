// Who makes blocks: the selection cycle of the epoch, and blocks against share.

import { useMemo, useState } from "preact/hooks";
import { count, percent } from "../format.ts";
import { plan, producerOf, recent, useChain, type Brief, type Plan } from "../store.ts";
import { Addr, Card, colour, Dot, Empty, Page, Pill, Skeleton, Table, useRead } from "../ui/parts.tsx";

interface Draw { view: number; producer: string }

export function Producers() {
  const c = useChain();
  const epoch = c.status ? c.blocks.get(c.tip)?.epoch ?? c.status.epoch : 0;
  const p = plan(epoch);
  const next = useRead<Draw[]>("beacon_schedule", { limit: 1 }, "block");
  return (
    <Page title="Producers" lead="Each view of an epoch is given to one contract, by lot and in proportion to the reputation behind it.">
      {!p ? <Skeleton /> : (
        <>
          <div class="two ring-row">
            <Card title="Selection cycle" note={`epoch ${count(epoch)}`}><Cycle plan={p} tip={c.tip} next={next.value?.[0] ?? null} /></Card>
            <Card title="Contracts of the epoch" note={`${p.list.length} in the draw`}>
              <Contracts plan={p} />
            </Card>
          </div>
          <Card title="Blocks against share" note={`the last ${count(recent(1024).length)} blocks · band: 95 of 100 fair draws · line: expected · dot: made`}>
            <Against plan={p} blocks={recent(1024)} />
          </Card>
        </>
      )}
    </Page>
  );
}

const whole = (p: Plan): bigint => p.list.reduce((n, x) => n + BigInt(x.weight), 0n);

function Contracts(props: { plan: Plan }) {
  const total = whole(props.plan);
  return (
    <Table rows={props.plan.list} caption="Contracts" id={(x) => x.id} columns={[
      { head: "Producer", cell: (x) => <Addr of={x.producer} dot /> },
      { head: "Weight", num: true, cell: (x) => count(x.weight) },
      { head: "Share", num: true, cell: (x) => percent(Number((BigInt(x.weight) * 1_000_000n) / (total || 1n)) / 1e6) },
      { head: "Salts", num: true, wide: true, cell: (x) => count(x.salts) },
    ]} />
  );
}

function point(angle: number, r: number): string {
  return `${(150 + r * Math.sin(angle)).toFixed(2)} ${(150 - r * Math.cos(angle)).toFixed(2)}`;
}

/** A part of a ring, in turns from the top. */
function arc(from: number, to: number, inner: number, outer: number): string {
  const [a, b] = [from * 2 * Math.PI, Math.min(to, from + 0.99999) * 2 * Math.PI];
  const large = b - a > Math.PI ? 1 : 0;
  return `M${point(a, outer)}A${outer} ${outer} 0 ${large} 1 ${point(b, outer)}L${point(b, inner)}A${inner} ${inner} 0 ${large} 0 ${point(a, inner)}Z`;
}

/** The epoch as a ring: inside, shares of the weight; outside, one place for
 *  each block, filled by its producer, with the views that were skipped. */
function Cycle(props: { plan: Plan; tip: number; next: Draw | null }) {
  const { plan: p } = props;
  const c = useChain();
  const total = whole(p);
  const n = p.blocks;
  let at = 0;
  const shares = p.list.map((x) => {
    const part = Number((BigInt(x.weight) * 1_000_000n) / (total || 1n)) / 1e6;
    const d = arc(at, at + part, 70, 92);
    at += part;
    return { d, who: x.producer, part };
  });
  const done = Math.max(0, Math.min(n, props.tip - p.first + 1));
  const cells = n <= 720;
  const places = [];
  for (let i = 0; cells && i < n; i++) {
    const b = c.blocks.get(p.first + i);
    const before = c.blocks.get(p.first + i - 1);
    const skipped = b ? b.view - (before && before.epoch === b.epoch ? before.view : b.view - 1) - 1 : 0;
    const gap = n > 200 ? 0 : 0.08 / n;
    places.push(
      <path key={i} d={arc(i / n + gap, (i + 1) / n - gap, 102, skipped > 0 ? 138 : 132)} class={b ? "" : i < done ? "past" : "ahead"} style={b ? { fill: colour(producerOf(b)) } : undefined}>
        <title>{b ? `Block ${b.height}, view ${b.view}${skipped > 0 ? `, ${skipped} skipped before it` : ""}` : `Block ${p.first + i}`}</title>
      </path>,
    );
  }
  const turn = done / n;
  return (
    <div class="cycle">
      <svg viewBox="0 0 300 300" role="img" aria-label={`${done} of ${n} blocks of epoch ${p.epoch} are made. Shares: ${shares.map((s) => percent(s.part, 0)).join(", ")}.`}>
        {shares.map((s) => <path key={s.who} d={s.d} style={{ fill: colour(s.who) }}><title>{`${s.who}: ${percent(s.part)}`}</title></path>)}
        {cells ? places : <><path d={arc(0, 1, 102, 132)} class="ahead" /><path d={arc(0, turn, 102, 132)} class="past" /></>}
        <path d={`M${point(turn * 2 * Math.PI, 98)}L${point(turn * 2 * Math.PI, 142)}`} class="hand" />
        <text x="150" y="146" text-anchor="middle" class="big">{count(done)}</text>
        <text x="150" y="166" text-anchor="middle">of {count(n)} blocks</text>
      </svg>
      <div>
        <p>The inner ring is each contract's share of the weight, the outer one the epoch's blocks in order. A tall place follows skipped views.</p>
        {props.next && <p>Next, view {count(props.next.view)}: <Addr of={props.next.producer} dot /></p>}
        <ul class="keys">{shares.slice(0, 12).map((s) => <li key={s.who}><Dot of={s.who} />{percent(s.part)} <Addr of={s.who} /></li>)}</ul>
      </div>
    </div>
  );
}

/** Blocks made against those that the share lets one expect, with the range in
 *  which 95 of 100 fair draws lie. */
function Against(props: { plan: Plan; blocks: Brief[] }) {
  const [sort, set] = useState<"weight" | "off">("weight");
  const rows = useMemo(() => {
    const made = new Map<string, number>();
    let known = 0;
    for (const b of props.blocks) {
      const who = producerOf(b);
      if (!who) continue;
      known++;
      made.set(who, (made.get(who) ?? 0) + 1);
    }
    const total = whole(props.plan);
    return props.plan.list.map((x) => {
      const part = Number((BigInt(x.weight) * 1_000_000n) / (total || 1n)) / 1e6;
      const mean = part * known;
      const wide = 1.96 * Math.sqrt(known * part * (1 - part));
      const n = made.get(x.producer) ?? 0;
      return { who: x.producer, part, mean, lo: Math.max(0, mean - wide), hi: mean + wide, n, off: wide > 0 ? Math.abs(n - mean) / wide : 0 };
    }).sort((a, b) => (sort === "weight" ? b.part - a.part : b.off - a.off));
  }, [props.plan, props.blocks[0]?.height, sort]);
  if (rows.length === 0 || props.blocks.length === 0) return <Empty>No block has been heard yet.</Empty>;
  const most = Math.max(1, ...rows.map((r) => Math.max(r.n, r.hi))) * 1.05;
  const x = (v: number) => `${(100 * v) / most}%`;
  return (
    <>
      <div class="inline"><label>Order <select value={sort} onChange={(e) => set(e.currentTarget.value as "weight" | "off")}><option value="weight">largest share first</option><option value="off">farthest from the share first</option></select></label></div>
      <div class="scroll">
        <table class="against">
          <caption class="hidden">Blocks made and blocks expected</caption>
          <thead><tr><th>Producer</th><th class="num">Made</th><th class="num wide">Expected</th><th class="grow">Fair range, expected and made</th><th class="wide">Verdict</th></tr></thead>
          <tbody>
            {rows.slice(0, 100).map((r) => (
              <tr key={r.who}>
                <td><Addr of={r.who} dot /></td>
                <td class="num">{count(r.n)}</td>
                <td class="num wide">{r.mean.toFixed(1)}</td>
                <td class="grow">
                  <div class="band" role="img" aria-label={`${r.n} made, ${r.mean.toFixed(1)} expected, fair between ${r.lo.toFixed(0)} and ${r.hi.toFixed(0)}`}>
                    <i style={{ left: x(r.lo), width: x(r.hi - r.lo) }} />
                    <u style={{ left: x(r.mean) }} />
                    <b style={{ left: x(r.n), background: colour(r.who) }} />
                  </div>
                </td>
                <td class="wide"><Pill of={r.off <= 1 ? "as expected" : r.n > r.mean ? "above" : "below"} tone={r.off <= 1 ? "good" : r.off < 1.5 ? "live" : "bad"} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
