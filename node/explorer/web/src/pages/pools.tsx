// Validation pools: of blocks, which settle by themselves after a fixed number
// of blocks, and the general ones of posts, proposals and cases.

import { useEffect, useRef, useState } from "preact/hooks";
import { ago, coins, count, date, percent, ppm, share } from "../format.ts";
import { call, read, type Read } from "../rpc.ts";
import { recent, useChain } from "../store.ts";
import { Addr, Block, Card, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Show, Sides, Skeleton, Table, useRead } from "../ui/parts.tsx";

interface Ballot {
  epoch: number;
  view: number;
  digest: string;
  producer: string;
  encumbered: string;
  settles: number;
  approvers: string[];
  rejecters: string[];
  approved: string;
  rejected: string;
  includers: string[];
}

interface OfBlock { height: number; mint: string; author: string; pool: Ballot; refused: Ballot[] }

interface Event { height: number; tx: string | null; event: { route: string; name: string; attrs: { key: string; value: string }[] } }
const attr = (e: Event, key: string): string => e.event.attrs.find((a) => a.key === key)?.value ?? "";

export function Pools() {
  const [tab, set] = useState<"blocks" | "general">("blocks");
  return (
    <Page title="Validation pools" lead="Reputation is minted where members stake on work and agree. Whoever ends on the losing side pays for it.">
      <div class="tabs" role="tablist">
        <button role="tab" aria-selected={tab === "blocks"} onClick={() => set("blocks")}>Of blocks</button>
        <button role="tab" aria-selected={tab === "general"} onClick={() => set("general")}>Of posts, proposals and cases</button>
      </div>
      {tab === "blocks" ? <BlockPools /> : <General />}
    </Page>
  );
}

const listed = 16;

/** The pools of the last blocks, while votes on them come in. */
function BlockPools() {
  const c = useChain();
  const [open, setOpen] = useState<OfBlock[] | undefined>(undefined);
  const [asked, setAsked] = useState(0);
  const heights = recent(listed).map((b) => b.height);
  useEffect(() => {
    if (performance.now() - asked < 600 || heights.length === 0) return;
    setAsked(performance.now());
    Promise.all(heights.map((height) => read<OfBlock>("pool_byBlock", { height })))
      .then((all) => setOpen(all.filter((p) => p !== null)))
      .catch(() => undefined);
  }, [c.tip]);
  const settled = useRead<{ items: Event[] }>("chain_getEvents", { from: Math.max(1, c.tip - (c.tip % 8) - 24), route: "pool", name: "settled", limit: 60 });
  const kept = useRef<Event[]>([]); // the rows stay while the next are read
  if (settled.value) kept.current = settled.value.items;
  const done = kept.current.slice(-listed).reverse();
  return (
    <>
      <Card title="Open" note="left: approving weight · right: rejecting weight">
        {open === undefined ? <Empty>Waiting for blocks.</Empty> : open.length === 0 ? <Empty>No pool of a block is open.</Empty> : (
          <Table rows={open.filter((p) => p.pool.settles > c.tip)} caption="Open pools of blocks" id={(p) => p.height} columns={[
            { head: "Block", cell: (p) => <Block height={p.height} /> },
            { head: "Producer", cell: (p) => <Addr of={p.pool.producer} dot /> },
            { head: "Both sides", cell: (p) => <Both of={p.pool} /> },
            { head: "At stake", num: true, wide: true, cell: (p) => <Coins of={p.pool.encumbered} /> },
            { head: "Mints", num: true, cell: (p) => <Coins of={p.mint} /> },
            { head: "Settles", num: true, cell: (p) => <Countdown to={p.pool.settles} tip={c.tip} /> },
          ]} />
        )}
      </Card>
      <Card title="Settled" note="the last ones">
        {settled.value === undefined && done.length === 0 ? <Skeleton /> : done.length === 0 ? <Empty>None has settled in the last blocks.</Empty> : (
          <Table rows={done} caption="Settled pools of blocks" id={(e) => `${attr(e, "height")}.${attr(e, "refused")}`} columns={[
            { head: "Block", cell: (e) => <Block height={Number(attr(e, "height"))} /> },
            { head: "Outcome", cell: (e) => <Pill of={attr(e, "outcome")} /> },
            { head: "Producer", cell: (e) => <Addr of={attr(e, "producer")} dot /> },
            { head: "Approved", num: true, wide: true, cell: (e) => count(attr(e, "approved") || 0) },
            { head: "Minted", num: true, cell: (e) => <Coins of={attr(e, "minted")} /> },
            { head: "Burned", num: true, wide: true, cell: (e) => <Coins of={attr(e, "burned")} /> },
          ]} />
        )}
      </Card>
    </>
  );
}

function Both(props: { of: Ballot }) {
  const up = Number(props.of.approved);
  const down = Number(props.of.rejected);
  return (
    <div class="both">
      <Sides up={up} down={down} label={`${count(up)} approving, ${count(down)} rejecting`} />
      <span class="num">{count(up)}</span><span class="num faint">{count(down)}</span>
    </div>
  );
}

const Countdown = (props: { to: number; tip: number }) => {
  const left = props.to - props.tip;
  return <span class="num">{left > 0 ? `in ${left} ${left === 1 ? "block" : "blocks"}` : "now"}</span>;
};

/** A block's pool to its payout, on the block's page. */
export function BlockPool(props: { height: number; epoch: number }) {
  const c = useChain();
  const pool = useRead<OfBlock>("pool_byBlock", { height: props.height }, "block");
  const past = useRead<OfBlock>(pool.value === null ? "pool_byBlock" : null, { height: props.height, at: props.height + 1 });
  const [paid, setPaid] = useState<Event[] | null>(null);
  const p = pool.value ?? past.value;
  const settles = p?.pool.settles ?? 0;
  const open = pool.value !== null;
  useEffect(() => {
    if (open || settles === 0 || c.tip < settles || paid) return;
    call<Read<{ items: Event[] }>>("chain_getEvents", { from: settles, to: settles, limit: 500 })
      .then((r) => setPaid(payout(r.value.items, props.height)))
      .catch(() => undefined);
  }, [open, settles, c.tip >= settles]);
  if (!p) return null;
  const result = paid?.find((e) => e.event.name === "settled");
  return (
    <Card title="Its validation pool" note={open ? <Countdown to={settles} tip={c.tip} /> : <>settled in block <Block height={settles} /></>}>
      <div class="pool" data-pool={open ? "open" : result ? "paid" : "closing"}>
        <div>
          <div class="legend"><span class="up">Approving {count(p.pool.approved)}</span><span class="down">{count(p.pool.rejected)} rejecting</span></div>
          <Sides up={Number(p.pool.approved)} down={Number(p.pool.rejected)} label={`${p.pool.approved} approving, ${p.pool.rejected} rejecting`} />
          <div class="pair">
            <ul>{p.pool.approvers.map((a) => <li key={a}><Addr of={a} dot /></li>)}</ul>
            <ul>{p.pool.rejecters.length === 0 ? <li class="faint">Nobody rejects it.</li> : p.pool.rejecters.map((a) => <li key={a}><Addr of={a} dot /></li>)}</ul>
          </div>
        </div>
        <div>
          {result ? (
            <>
              <p><Pill of={attr(result, "outcome")} /> {coins(attr(result, "minted"))} wREP minted, {coins(attr(result, "burned") || "0")} burned</p>
              <Table rows={(paid ?? []).slice(1)} caption="Payout" columns={[
                { head: "Account", cell: (e) => <Addr of={attr(e, "to") || attr(e, "from")} dot /> },
                { head: "For", cell: (e) => (e.event.route === "bank" ? "salary" : attr(e, "cause") || e.event.name) },
                { head: "Amount", num: true, cell: (e) => <>{e.event.name === "burn" ? "−" : "+"}<Coins of={attr(e, "amount")} unit={e.event.route === "bank" ? "$" : "wREP"} /></> },
              ]} />
            </>
          ) : (
            <Facts rows={[
              ["Will mint", <Coins of={p.mint} unit="wREP" />],
              ["Author of the work contract", <Coins of={p.author} unit="wREP" />],
              ["Producer has at stake", <Coins of={p.pool.encumbered} unit="wREP" />],
              ["Settles in block", <Block height={settles} />],
              ["Refused digests", count(p.refused.length)],
            ]} />
          )}
        </div>
      </div>
    </Card>
  );
}

/** The events by which one block's pool was paid out: those of the same hook
 *  that lie before the word that it settled. A transfer among them is salary
 *  that was due when an account's reputation changed. */
function payout(events: Event[], height: number): Event[] {
  const at = events.findIndex((e) => e.event.route === "pool" && e.event.name === "settled" && attr(e, "height") === String(height));
  if (at < 0) return [];
  const out = [events[at]];
  for (let i = at - 1; i >= 0; i--) {
    const e = events[i];
    if (e.tx !== null || (e.event.route !== "rep" && e.event.name !== "transfer")) break;
    out.push(e);
  }
  return out.slice(0, 1).concat(out.slice(1).reverse());
}

interface Config {
  opener: string;
  ref: string;
  book: string;
  deadline: number;
  quorumPpm: number;
  winPpm: number;
  bindingPpm: number;
  fee: string;
  posterPpm: number;
}
interface PoolInfo {
  id: number;
  config: Config;
  open: boolean;
  opened: number;
  supply: string;
  eligible: string;
  for: string;
  against: string;
  outcome: string;
  quorumMet: boolean;
  closed: number;
}

const pageSize = 25;

/** The highest number of a pool, found by doubling and halving. */
async function lastPool(): Promise<number> {
  const some = async (from: number) => ((await read<PoolInfo[]>("pool_list", { from, limit: 1 })) ?? [])[0]?.id ?? 0;
  let low = await some(0);
  if (low === 0) return 0;
  let high = low * 2;
  for (let id = await some(high); id > 0; id = await some(high)) {
    low = id;
    high = id * 2;
  }
  while (low + 1 < high) {
    const mid = (low + high) >> 1;
    const id = await some(mid);
    if (id > 0) low = id;
    else high = mid;
  }
  return low;
}

function General() {
  const [last, setLast] = useState<number | null>(null);
  const [top, setTop] = useState<number | null>(null);
  useEffect(() => {
    const f = () => void lastPool().then(setLast, () => setLast(0));
    f();
    const t = setInterval(f, 5000);
    return () => clearInterval(t);
  }, []);
  const first = top ?? last ?? 0;
  const list = useRead<PoolInfo[]>(last === null ? null : "pool_list", { from: Math.max(1, first - pageSize + 1), limit: pageSize }, 3000);
  return (
    <Card>
      <Show of={list} is={(v) => v.length > 0} empty="No general pool has been opened yet. Posts, proposals and cases open them.">
        {(rows) => (
          <>
            <Table rows={[...rows].reverse()} caption="General pools" id={(p) => p.id} columns={[
              { head: "Pool", cell: (p) => <a href={`#/pool/${p.id}`}>{p.id}</a> },
              { head: "Opened by", cell: (p) => p.config.opener },
              { head: "State", cell: (p) => <Pill of={p.open ? "open" : p.outcome} /> },
              { head: "Both sides", cell: (p) => <PoolBar of={p} /> },
              { head: "Book", wide: true, cell: (p) => p.config.book },
              { head: "Ends", num: true, cell: (p) => (p.open ? ago(p.config.deadline) : <Block height={p.closed} />) },
            ]} />
            <Pager text={`of ${count(last ?? 0)}`} newer={top !== null ? () => setTop(top + pageSize >= (last ?? 0) ? null : top + pageSize) : undefined} older={first > pageSize ? () => setTop(first - pageSize) : undefined} />
          </>
        )}
      </Show>
    </Card>
  );
}

function PoolBar(props: { of: PoolInfo }) {
  const p = props.of;
  const up = Number(BigInt(p.for) / 1_000_000n) / 1000;
  const down = Number(BigInt(p.against) / 1_000_000n) / 1000;
  return (
    <div class="both">
      <Sides up={up} down={down} mark={p.config.winPpm / 1e6} label={`${coins(p.for)} for, ${coins(p.against)} against; more than ${ppm(p.config.winPpm)} accepts`} />
      <span class="num">{coins(p.for, 1)}</span><span class="num faint">{coins(p.against, 1)}</span>
    </div>
  );
}

export function PoolPage(props: { arg: string }) {
  const id = Number(props.arg);
  const pool = useRead<PoolInfo>("pool_get", { id }, "block");
  const stakes = useRead<{ voter: string; for: boolean; amount: string }[]>("pool_stakes", { id }, "block");
  const { up } = useChain();
  return (
    <Page title={`Pool ${props.arg}`} lead={up ? "" : "The connection is down; this may be old."}>
      <Show of={pool} empty="There is no pool of this number.">
        {(p) => {
          const staked = BigInt(p.for) + BigInt(p.against);
          return (
            <>
              <div class="two">
                <Card title="Both sides" note={<Pill of={p.open ? "open" : p.outcome} />}>
                  <div class="legend"><span class="up">For {coins(p.for)}</span><span class="down">{coins(p.against)} against</span></div>
                  <PoolBar of={p} />
                  <p class="lead">{percent(share(p.for, String(staked)))} for; more than {ppm(p.config.winPpm)} accepts.</p>
                  <div class="legend"><span>Turnout {percent(share(String(staked), p.supply))}</span><span>quorum {ppm(p.config.quorumPpm)}</span></div>
                  <Sides up={Number(staked / 1_000_000n)} down={0} of={Number(BigInt(p.supply) / 1_000_000n)} mark={p.config.quorumPpm / 1e6} label="Turnout, with the quorum as a mark" thin />
                </Card>
                <Card title="Terms">
                  <Facts rows={[
                    ["Opened by", p.config.opener],
                    ["About", <Hash of={p.config.ref} to={`#/${p.config.opener === "forum" ? "post" : "tx"}/${p.config.ref}`} />],
                    ["Book", p.config.book],
                    ["Deadline", `${date(p.config.deadline)} (${ago(p.config.deadline)})`],
                    ["Electorate", <Coins of={p.supply} unit={p.config.book} />],
                    ["Binding", ppm(p.config.bindingPpm)],
                    ["Fee", <Coins of={p.config.fee} unit="$" />],
                    ["Opened in block", <Block height={p.opened} />],
                    ["Closed in block", p.closed ? <Block height={p.closed} /> : "open"],
                  ]} />
                </Card>
              </div>
              <Card title="Stakes" note={stakes.value ? count(stakes.value.length) : ""}>
                {stakes.value && stakes.value.length > 0 ? (
                  <Table rows={[...stakes.value].sort((a, b) => (BigInt(b.amount) > BigInt(a.amount) ? 1 : -1))} caption="Stakes" id={(s) => s.voter + s.for} columns={[
                    { head: "Account", cell: (s) => <Addr of={s.voter} dot /> },
                    { head: "Side", cell: (s) => <Pill of={s.for ? "for" : "against"} tone={s.for ? "good" : "bad"} /> },
                    { head: "Stake", num: true, cell: (s) => <Coins of={s.amount} /> },
                  ]} />
                ) : <Empty>{p.open ? "Nobody has staked yet." : "The pool is closed; its stakes have been settled."}</Empty>}
              </Card>
              {!p.open && p.closed > 0 && <Closing height={p.closed} pool={id} />}
              <Raw of={p} />
            </>
          );
        }}
      </Show>
    </Page>
  );
}

/** What the block that closed a pool moved. */
function Closing(props: { height: number; pool: number }) {
  const events = useRead<{ items: Event[] }>("chain_getEvents", { from: props.height, to: props.height, route: "rep", limit: 300 });
  return (
    <Card title="Payout" note={<>reputation that block <Block height={props.height} /> moved</>}>
      <Show of={events} is={(v) => v.items.length > 0} empty="Nothing was moved.">
        {(v) => <Table rows={v.items} caption="Payout" columns={[
          { head: "Event", cell: (e) => e.event.name },
          { head: "Account", cell: (e) => <Addr of={attr(e, "to") || attr(e, "from")} dot /> },
          { head: "For", cell: (e) => attr(e, "cause") || "–" },
          { head: "Amount", num: true, cell: (e) => <Coins of={attr(e, "amount")} unit={attr(e, "book")} /> },
        ]} />}
      </Show>
    </Card>
  );
}

