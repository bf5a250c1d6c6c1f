// Blocks, one block, one transaction.

import { useEffect, useState } from "preact/hooks";
import { check, type Checked as Outcome } from "../checks.ts";
import type { Certificate, Header } from "../check/forms.ts";
import { ago, brief, clock, coins, count, date, words } from "../format.ts";
import { call, type Read } from "../rpc.ts";
import { plan, producerOf, useChain, type Brief } from "../store.ts";
import { Addr, Block, Card, Checked, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Shield, Show, Table, Trouble, useRead } from "../ui/parts.tsx";
import { FinalityPlot, River } from "./overview.tsx";
import { BlockPool } from "./pools.tsx";

const pageSize = 25;

export function Blocks() {
  const c = useChain();
  const [top, setTop] = useState<number | null>(null); // null: follows the chain
  const [want, setWant] = useState("");
  const first = top ?? c.tip;
  const rows = useBlocks(first, Math.min(pageSize, first));
  const jump = (e: Event) => {
    e.preventDefault();
    const h = Number(want.replace(/[^0-9]/g, ""));
    if (h > 0) setTop(Math.min(h, c.tip));
  };
  const pager = (
    <Pager text={`${count(Math.max(1, first - pageSize + 1))} to ${count(first)} of ${count(c.tip)}`}
      newer={top !== null ? () => setTop(top + pageSize >= c.tip ? null : top + pageSize) : undefined}
      older={first > pageSize ? () => setTop(first - pageSize) : undefined} />
  );
  return (
    <Page title="Blocks" lead="Every block here is final: more than two thirds of the weight signed that it is."
      side={<form class="inline" onSubmit={jump}><label>Go to height <input inputMode="numeric" value={want} onInput={(e) => setWant(e.currentTarget.value)} size={9} /></label><button>Go</button></form>}>
      {top === null && <Card title="Live" note="colour: producer · height: transactions"><River blocks={c.blocks.size ? rows.live : []} /><FinalityPlot height={150} /></Card>}
      <Card>
        {rows.error ? <Trouble error={rows.error} /> : rows.list.length === 0 ? <Empty>No block yet.</Empty> : (
          <Table rows={rows.list} caption="Blocks, newest first" id={(b) => b.height} columns={[
            { head: "Block", cell: (b) => <><Block height={b.height} /> <Shield ok={c.checks.get(b.height)} /></> },
            { head: "Time", cell: (b) => <span title={date(b.time)}>{clock(b.time)}</span> },
            { head: "Producer", cell: (b) => <Addr of={producerOf(b)} dot /> },
            { head: "Epoch/view", num: true, wide: true, cell: (b) => `${b.epoch}/${b.view}` },
            { head: "Transactions", num: true, cell: (b) => b.txs },
            { head: "Base fee", num: true, wide: true, cell: (b) => <Coins of={b.baseFee} unit="$" /> },
            { head: "Hash", wide: true, cell: (b) => <Hash of={b.hash} to={`#/block/${b.height}`} /> },
          ]} />
        )}
        {pager}
      </Card>
    </Page>
  );
}

interface Full { digest: string; header: Header; txs: unknown[]; votes: Certificate[] | null; views: View[] | null; signature: string }
interface View { epoch: number; view: number; nullification: Certificate | null; salt: string; rejected: unknown[] | null }

/** Blocks from a height down: those that were heard, and the others asked for. */
function useBlocks(first: number, n: number): { list: Brief[]; live: Brief[]; error: Error | null } {
  const c = useChain();
  const [asked, set] = useState<Map<number, Brief>>(new Map());
  const [error, setError] = useState<Error | null>(null);
  const missing: number[] = [];
  const list: Brief[] = [];
  for (let h = first; h > first - n && h > 0; h--) {
    const b = c.blocks.get(h) ?? asked.get(h);
    if (b) list.push(b);
    else missing.push(h);
  }
  // Right after the start the live connection fills in what is recent.
  const behind = missing.filter((h) => h <= c.tip - 400 || c.blocks.size === 0);
  const key = behind.join();
  useEffect(() => {
    if (behind.length === 0 || c.blocks.size === 0) return;
    let current = true;
    Promise.all(behind.map((at) => call<Read<Full> | null>("chain_getBlock", { at })))
      .then((answers) => {
        if (!current) return;
        const next = new Map<number, Brief>();
        for (const a of answers) {
          if (!a) continue;
          const h = a.value.header;
          next.set(h.height, { height: h.height, hash: a.at.hash, epoch: h.epoch, view: h.view, time: h.time, asc: h.asc, txs: a.value.txs?.length ?? 0, baseFee: h.baseFee });
        }
        set(next);
        setError(null);
      })
      .catch((e: Error) => current && setError(e));
    return () => {
      current = false;
    };
  }, [key, c.blocks.size === 0]);
  const live: Brief[] = [];
  for (let h = c.tip; h > c.tip - 120; h--) {
    const b = c.blocks.get(h);
    if (b) live.push(b);
  }
  return { list, live, error };
}

interface Tx {
  hash: string;
  from: string;
  nonce: number;
  feeMax: string;
  feePayer: string | null;
  validUntil: number;
  messages: { route: string; message: string; body: unknown }[];
  size: number;
}

export function BlockPage(props: { arg: string }) {
  const at = /^\d+$/.test(props.arg) ? Number(props.arg) : props.arg;
  const block = useRead<Full>("chain_getBlock", { at, txs: "decoded" });
  const { tip } = useChain();
  const height = typeof at === "number" ? at : (block.value?.header.height ?? 0);
  // A block of the future is asked for again when the chain gets there.
  useEffect(() => {
    if (block.value === null && typeof at === "number" && tip >= at) block.again();
  }, [tip]);
  return (
    <Page title={height ? `Block ${count(height)}` : "Block"} side={
      <Pager names={["Earlier", "Later"]} text=""
        newer={height > 1 ? () => (location.hash = `#/block/${height - 1}`) : undefined}
        older={height && height < tip ? () => (location.hash = `#/block/${height + 1}`) : undefined} />
    }>
      <Show of={block} empty={`Block ${props.arg} is not final yet, or there is none of this name.`}>
        {(b) => <BlockBody block={b} />}
      </Show>
    </Page>
  );
}

function BlockBody(props: { block: Full }) {
  const { header: h, digest } = props.block;
  const [outcome, set] = useState<Outcome | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    set(null);
    check(h.height).then(set, setError);
  }, [h.height]);
  const skipped = (props.block.views ?? []).filter((v) => v.nullification);
  const txs = (props.block.txs ?? []) as Tx[];
  return (
    <>
      <div class="two">
        <Card title="What it says">
          <Facts rows={[
            ["Hash", <Hash of={digest} full />],
            ["Time", `${date(h.time)} (${ago(h.time)})`],
            ["Producer", <Addr of={producerOf(h)} dot />],
            ["Epoch and view", <>{count(h.epoch)} / {count(h.view)}{skipped.length > 0 && <> · {skipped.length} {skipped.length === 1 ? "view was" : "views were"} skipped before it</>}</>],
            ["Parent", <Hash of={h.parent} to={`#/block/${h.height - 1}`} />],
            ["State after it", <Hash of={h.stateRoot} />],
            ["Seed", <Hash of={h.seed} />],
            ["Base fee", <Coins of={h.baseFee} unit="$" />],
          ]} />
        </Card>
        <Card title="Why it is final">
          {error ? <Trouble error={error} /> : <Checked verdict={outcome?.verdict ?? null} about={`block ${h.height} is final`} />}
          {outcome && <Signers outcome={outcome} />}
        </Card>
      </div>
      <BlockPool height={h.height} epoch={h.epoch} />
      <Card title="Transactions" note={count(txs.length)}>
        {txs.length === 0 ? <Empty>This block carries no transaction.</Empty> : (
          <Table rows={txs} caption="Transactions" id={(t) => t.hash} columns={[
            { head: "Hash", cell: (t) => <Hash of={t.hash} to={`#/tx/${t.hash}`} /> },
            { head: "From", cell: (t) => <Addr of={t.from} /> },
            { head: "Does", cell: (t) => t.messages.map((m) => `${m.route} ${words(m.message)}`).join(", ") },
            { head: "Bytes", num: true, wide: true, cell: (t) => count(t.size) },
          ]} />
        )}
      </Card>
      <Raw of={props.block} />
    </>
  );
}

/** Which members signed, as a row of seats. */
function Signers(props: { outcome: Outcome }) {
  const f = props.outcome.finality;
  const h = f.headers[0].header;
  const roster = plan(h.epoch, h.height)?.roster.members ?? [];
  const bits = f.certificate.signers.slice(2);
  const said = (i: number) => (parseInt(bits.slice(2 * (i >> 3), 2 * (i >> 3) + 2), 16) >> (i & 7)) & 1;
  return (
    <ul class="signers" aria-label="Members of the roster">
      {roster.slice(0, 200).map((m, i) => (
        <li key={m.address} class={said(i) ? "said" : ""}><Addr of={m.address} dot /><span>{said(i) ? "signed" : "not needed"}</span><span class="num">{count(m.weight)}</span></li>
      ))}
    </ul>
  );
}

interface TxInfo {
  hash: string;
  stage: string;
  at: { height: number; hash: string } | null;
  tx: Tx;
  receipt?: Receipt | null;
}
interface Receipt { code: number; kind: string; text: string; weight: number; charged: string; events: { route: string; name: string; attrs: { key: string; value: string }[] }[] | null }

export function TxPage(props: { arg: string }) {
  const [state, set] = useState<TxInfo | null | undefined>(undefined);
  const [error, setError] = useState<Error | null>(null);
  const receipt = useRead<Receipt>("chain_getReceipt", { hash: props.arg });
  useEffect(() => {
    // A hash may also be that of a block, of a post or of a candidate.
    (async () => {
      const tx = await call<TxInfo | null>("tx_get", { hash: props.arg });
      if (tx) return set(tx);
      const other = await Promise.all([
        call<Read<unknown> | null>("chain_getHeader", { at: props.arg }).then((r) => r && r.value ? `block/${r.at.height}` : "", () => ""),
        call<Read<unknown> | null>("forum_post", { post: props.arg }).then((r) => r && r.value ? `post/${props.arg}` : "", () => ""),
        call<Read<unknown> | null>("release_status", { rc: props.arg }).then((r) => r && r.value ? `release/${props.arg}` : "", () => ""),
      ]);
      const to = other.find((x) => x !== "");
      if (to) location.replace(`#/${to}`);
      else set(null);
    })().catch(setError);
  }, [props.arg]);
  return (
    <Page title="Transaction" lead={<Hash of={props.arg} full />}>
      {error ? <Trouble error={error} /> : state === undefined ? null : state === null ? <Empty>Nothing of this name is known to the node.</Empty> : (
        <>
          <Card>
            <Facts rows={[
              ["Stage", <Pill of={state.stage} />],
              ["Block", state.at ? <Block height={state.at.height} /> : "–"],
              ["From", <Addr of={state.tx.from} full />],
              ["Outcome", receipt.value ? (receipt.value.code === 0 ? <Pill of="done" tone="good" /> : <><Pill of={receipt.value.kind} tone="bad" /> {receipt.value.text}</>) : "–"],
              ["Charged", receipt.value ? <Coins of={receipt.value.charged} unit="$" /> : "–"],
              ["Fee at most", <Coins of={state.tx.feeMax} unit="$" />],
              ["Nonce", count(state.tx.nonce)],
              ["Valid until", `height ${count(state.tx.validUntil)}`],
            ]} />
          </Card>
          {state.tx.messages.map((m, i) => (
            <Card key={i} title={`${m.route} · ${words(m.message)}`}><pre tabIndex={0}>{JSON.stringify(m.body, null, 2)}</pre></Card>
          ))}
          {receipt.value?.events && <Card title="Events"><Events of={receipt.value.events} /></Card>}
          <Raw of={state} />
        </>
      )}
    </Page>
  );
}

export function Events(props: { of: { route: string; name: string; attrs: { key: string; value: string }[] }[] }) {
  return (
    <Table rows={props.of} caption="Events" columns={[
      { head: "Event", cell: (e) => `${e.route} ${words(e.name)}` },
      { head: "With", cell: (e) => <span class="attrs">{e.attrs.map((a) => <span key={a.key}><i>{a.key}</i> {shown(a.key, a.value)}</span>)}</span> },
    ]} />
  );
}

function shown(key: string, value: string) {
  if (/^prb1/.test(value)) return <Addr of={value} />;
  if (/^0x/.test(value)) return <span class="mono">{brief(value, 10, 4)}</span>;
  if (/amount|minted|burned|fee|salary|charged/i.test(key) && /^\d+$/.test(value)) return coins(value);
  return value;
}
