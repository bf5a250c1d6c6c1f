// The small parts that every page is made of.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { read, RpcError } from "../rpc.ts";
import { brief, coins, words } from "../format.ts";
import type { Verdict } from "../check/law.ts";
import { useChain } from "../store.ts";

/** What a read of the node came to. */
export interface Asked<T> {
  value: T | null | undefined; // undefined: under way
  error: Error | null;
  again: () => void;
}

/** Reads state, and again: "block" when the chain has moved on, once a second
 *  at most; a number after so many ms; not again where it is left out. */
export function useRead<T>(method: string | null, params: object = {}, every: "block" | number = 0): Asked<T> {
  const [state, set] = useState<{ key: string; value: T | null | undefined; error: Error | null }>({ key: "", value: undefined, error: null });
  const [turn, again] = useState(0);
  const { tip, up } = useChain();
  const last = useRef(0);
  const key = method === null ? "" : method + JSON.stringify(params);
  const busy = useRef("");
  const latest = useRef(key);
  latest.current = key;
  const ask = () => {
    if (method === null || busy.current === key) return;
    busy.current = key;
    last.current = performance.now();
    read<T>(method, params)
      .then((value) => latest.current === key && set({ key, value, error: null }))
      .catch((error: Error) => latest.current === key && set((s) => ({ key, value: s.key === key ? s.value : undefined, error })))
      .finally(() => {
        if (busy.current === key) busy.current = "";
      });
  };
  useEffect(ask, [key, turn, up]);
  useEffect(() => {
    if (every === "block" && performance.now() - last.current > 1000) ask();
  }, [tip]);
  useEffect(() => {
    if (typeof every !== "number" || every === 0) return;
    const t = setInterval(ask, every);
    return () => clearInterval(t);
  }, [key, every]);
  const current = state.key === key;
  return { value: current ? state.value : undefined, error: current ? state.error : null, again: () => again(turn + 1) };
}

export function Page(props: { title: string; lead?: ComponentChildren; side?: ComponentChildren; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${props.title} · Probity`;
  }, [props.title]);
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1 tabIndex={-1}>{props.title}</h1>
          {props.lead && <p class="lead">{props.lead}</p>}
        </div>
        {props.side && <div class="page-side">{props.side}</div>}
      </div>
      {props.children}
    </div>
  );
}

export function Card(props: { title?: ComponentChildren; note?: ComponentChildren; class?: string; children: ComponentChildren; id?: string }) {
  return (
    <section class={`card ${props.class ?? ""}`} id={props.id}>
      {props.title && (
        <div class="card-head">
          <h2>{props.title}</h2>
          {props.note && <span class="note">{props.note}</span>}
        </div>
      )}
      {props.children}
    </section>
  );
}

export const Empty = (props: { children: ComponentChildren }) => (
  <div class="empty">
    <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true"><circle cx="14" cy="14" r="11.5" fill="none" stroke="currentColor" stroke-dasharray="3 4" stroke-width="1.5" /></svg>
    <p>{props.children}</p>
  </div>
);

/** What stands where a page's route is not in the node's table. */
export const Without = (props: { route: string }) => <Empty>This node's chain has no route {props.route}.</Empty>;

export function Trouble(props: { error: Error; again?: () => void }) {
  const e = props.error;
  const hint = e instanceof RpcError ? e.hint : "";
  return (
    <div class="trouble" role="alert">
      <strong>{e.message}</strong>
      {hint && <span>{hint}</span>}
      {props.again && <button onClick={props.again}>Try again</button>}
    </div>
  );
}

/** Shows a read: its trouble, that it is under way, nothing, or the value. */
export function Show<T>(props: { of: Asked<T>; empty?: ComponentChildren; is?: (v: T) => boolean; children: (v: T) => ComponentChildren }) {
  const { value, error, again } = props.of;
  if (error && value === undefined) return <Trouble error={error} again={again} />;
  if (value === undefined) return <Skeleton />;
  if (value === null || (props.is && !props.is(value))) return <Empty>{props.empty ?? "There is none."}</Empty>;
  return <>{props.children(value)}</>;
}

export const Skeleton = () => (
  <div class="skeleton" role="status" aria-label="Loading"><i /><i /><i /></div>
);

/** A colour for an address, the same everywhere on the page. */
const slots = new Map<string, number>();
export function colour(address: string): string {
  return address ? `var(--c${slot(address)})` : "var(--faint)";
}

/** The number of that colour: addresses take them in turn as they appear. */
export function slot(address: string): number {
  let n = slots.get(address);
  if (n === undefined) slots.set(address, (n = slots.size));
  return n % 8;
}

export const Dot = (props: { of: string }) => <span class="dot" style={{ background: colour(props.of) }} aria-hidden="true" />;

export const zeroAddress = "prb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqkv7zas";

export function Addr(props: { of: string; dot?: boolean; full?: boolean }) {
  if (!props.of || props.of === zeroAddress) return <span class="faint">–</span>;
  return (
    <a class="mono" href={`#/account/${props.of}`} title={props.of}>
      {props.dot && <Dot of={props.of} />}
      {props.full ? <span class="whole">{props.of}</span> : brief(props.of, 8, 5)}
    </a>
  );
}

export function Hash(props: { of: string; to?: string; full?: boolean }) {
  if (!props.of || /^0x0*$/.test(props.of)) return <span class="faint">–</span>;
  const shown = props.full ? <span class="whole">{props.of}</span> : brief(props.of, 10, 4);
  return props.to ? <a class="mono" href={props.to} title={props.of}>{shown}</a> : <span class="mono hash" title={props.of}>{shown}</span>;
}

export const Block = (props: { height: number }) => <a class="num" href={`#/block/${props.height}`}>{props.height.toLocaleString("en")}</a>;

export const Coins = (props: { of: string | bigint | undefined; unit?: string }) => (
  <span class="num" title={props.of === undefined ? "" : `${props.of} base units`}>
    {coins(props.of)}
    {props.unit && <small> {props.unit}</small>}
  </span>
);

const tones: Record<string, string> = {
  valid: "good", accepted: "good", executed: "good", passed: "good", active: "good", pass: "good", agreed: "good", published: "good", final: "good", upheld: "good", minted: "good", GO: "good",
  invalid: "bad", rejected: "bad", failed: "bad", vetoed: "bad", expired: "bad", fail: "bad", critical: "bad", NOGO: "bad", suspended: "bad", jailed: "bad", convicted: "bad", split: "bad",
  draft: "soft", withdrawn: "soft", void: "soft", superseded: "soft", closed: "soft", dismissed: "soft", lapsed: "soft", rolled_up: "soft",
};

export const Pill = (props: { of: string; tone?: string }) => <span class={`pill ${props.tone ?? tones[props.of] ?? "live"}`}>{words(props.of)}</span>;

/** The two sides of a pool as one bar, with a mark where the decision lies. */
export function Sides(props: { up: number; down: number; of?: number; mark?: number; label: string; thin?: boolean }) {
  const whole = props.of ?? props.up + props.down;
  const part = (n: number) => (whole > 0 ? Math.min(100, (100 * n) / whole) : 0);
  return (
    <div class={`sides ${props.thin ? "thin" : ""}`} role="img" aria-label={props.label} title={props.label}>
      <i class="up" style={{ width: `${part(props.up)}%` }} />
      <i class="down" style={{ width: `${part(props.down)}%` }} />
      {props.mark !== undefined && <b style={{ left: `${Math.min(100, props.mark * 100)}%` }} />}
    </div>
  );
}

export function Meter(props: { part: number; label: string; tone?: string; mark?: number }) {
  return (
    <div class="meter" role="img" aria-label={props.label} title={props.label}>
      <i class={props.tone ?? ""} style={{ width: `${Math.max(0, Math.min(100, props.part * 100))}%` }} />
      {props.mark !== undefined && <b style={{ left: `${props.mark * 100}%` }} />}
    </div>
  );
}

/** A column of a table. */
export interface Column<T> {
  head: ComponentChildren;
  num?: boolean;
  wide?: boolean; // left out on narrow screens
  cell: (row: T, i: number) => ComponentChildren;
}

/** Rows as a table. folds: on a narrow screen each row stands as a list of
 *  names and values, for tables that have more to say than fits beside one
 *  another there; the roles keep it a table for a screen reader. */
export function Table<T>(props: { rows: T[]; columns: Column<T>[]; caption: string; id?: (row: T) => string | number; folds?: boolean }) {
  const cls = (c: Column<T>) => `${c.num ? "num" : ""} ${c.wide ? "wide" : ""}`;
  const name = (c: Column<T>) => (typeof c.head === "string" ? c.head : "");
  return (
    <div class="scroll">
      <table role="table" class={props.folds ? "folds" : ""}>
        <caption class="hidden">{props.caption}</caption>
        <thead role="rowgroup"><tr role="row">{props.columns.map((c, i) => <th key={i} role="columnheader" scope="col" class={cls(c)}>{c.head}</th>)}</tr></thead>
        <tbody role="rowgroup">
          {props.rows.map((r, i) => (
            <tr key={props.id ? props.id(r) : i} role="row">{props.columns.map((c, k) => <td key={k} role="cell" class={cls(c)} data-name={name(c)}>{c.cell(r, i)}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Names and values, one beside the other. */
export function Facts(props: { rows: [string, ComponentChildren][] }) {
  return <dl class="facts">{props.rows.map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

export function Tile(props: { name: string; value: ComponentChildren; note?: ComponentChildren }) {
  return <div class="tile"><span>{props.name}</span><b>{props.value}</b>{props.note && <small>{props.note}</small>}</div>;
}

export function Shield(props: { ok: boolean | undefined }) {
  if (props.ok === undefined) return null;
  return (
    <svg class={`shield ${props.ok ? "good" : "bad"}`} width="15" height="16" viewBox="0 0 15 16" role="img" aria-label={props.ok ? "Checked here" : "Refused here"}>
      <title>{props.ok ? "Checked here, in this page" : "Refused here, in this page"}</title>
      <path d="M7.5.8 13.8 3v4.4c0 3.7-2.6 6.5-6.3 7.8C3.800 13.900 1.200 11.100 1.200 7.400V3z" fill="currentColor" />
      <path d={props.ok ? "M4.500 7.800l2.200 2.200 3.900-4.300" : "M5 5.500l5 5m0-5l-5 5"} fill="none" stroke="var(--paper)" stroke-width="1.700" stroke-linecap="round" />
    </svg>
  );
}

/** What was checked in the page, step by step. */
export function Checked(props: { verdict: Verdict | null; about: string }) {
  const v = props.verdict;
  if (!v) return <p class="checking" role="status">Checking {props.about} in this page…</p>;
  return (
    <div class={`checked ${v.ok ? "good" : "bad"}`} role="status" data-checked={v.ok ? "ok" : "refused"}>
      <p><Shield ok={v.ok} /> <strong>{v.ok ? `Checked here: ${props.about}` : `Refused: ${props.about}`}</strong></p>
      <ol>{v.steps.map((s, i) => <li key={i} class={s.ok ? "" : "bad"}>{s.text}</li>)}</ol>
    </div>
  );
}

export function Pager(props: { newer?: () => void; older?: () => void; text: ComponentChildren; names?: [string, string] }) {
  const [back, on] = props.names ?? ["Newer", "Older"];
  return (
    <nav class="pager" aria-label="Pages">
      <button onClick={props.newer} disabled={!props.newer}>← {back}</button>
      <span>{props.text}</span>
      <button onClick={props.older} disabled={!props.older}>{on} →</button>
    </nav>
  );
}

/** Any answer of the node, as it came. */
export function Raw(props: { of: unknown; title?: string }) {
  return (
    <details class="raw">
      <summary>{props.title ?? "As the node answers it"}</summary>
      <pre tabIndex={0}>{JSON.stringify(props.of, null, 2)}</pre>
    </details>
  );
}

/** The width of an element, as it changes. */
export function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, set] = useState(0);
  useEffect(() => {
    if (!ref.current) return;
    const o = new ResizeObserver((all) => set(Math.floor(all[0].contentRect.width)));
    o.observe(ref.current);
    return () => o.disconnect();
  }, []);
  return [ref, width];
}
