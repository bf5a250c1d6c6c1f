// Answers of the node shown by what their values look like: addresses and
// hashes as links, amounts, times, lists as tables. Used where a table made by
// hand would say the same.

import type { ComponentChildren } from "preact";
import { ago, brief, capital, coins, count, date, ppm, words } from "../format.ts";
import { Addr, Block, Empty, Facts, Hash, Pill, Table, zeroAddress } from "./parts.tsx";

const moneys = /amount|supply|stake|bond|votes|wager|weight$|fee|owed|minted|escrow|total$|before$|^required$|fine|earned|deposit|next.?at.?most/i;
const times = /time|until|since|^at$|opened|closes|closed|joined|deadline|granted|submitted|expires|applied|started|ends?$|answerBy|leaveBy|from$|term/i;
const heights = /height/i;

export function auto(key: string, v: unknown): ComponentChildren {
  if (v === null || v === undefined || v === "") return <span class="faint">–</span>;
  if (typeof v === "boolean") return v ? "yes" : "no";
  if (typeof v === "string") {
    if (/^prb1/.test(v)) return v === zeroAddress ? <span class="faint">–</span> : <Addr of={v} dot />;
    if (/^0x[0-9a-f]{64}$/.test(v)) return <Hash of={v} to={`#/tx/${v}`} />;
    if (/^0x/.test(v)) return <span class="mono" title={v}>{brief(v, 12, 4)}</span>;
    if (/^\d+$/.test(v) && moneys.test(key)) return <span class="num">{coins(v)}</span>;
    if (/^(state|stage|status|outcome|standing|choice|college|side|order|action)$/.test(key)) return <Pill of={v} />;
    return v;
  }
  if (typeof v === "number") {
    if (/ppm/i.test(key)) return ppm(v);
    if (heights.test(key)) return v ? <Block height={v} /> : "–";
    if (times.test(key) && v === 0) return <span class="faint">–</span>;
    if (times.test(key) && v > 1e12) return <span title={date(v)}>{ago(v)}</span>;
    return <span class="num">{count(Math.trunc(v))}</span>;
  }
  if (Array.isArray(v)) {
    if (v.length === 0) return <span class="faint">none</span>;
    if (v.every((x) => typeof x !== "object")) return <span class="many">{v.map((x, i) => <span key={i}>{auto(key, x)}</span>)}</span>;
    return <AutoTable rows={v as object[]} caption={words(key)} />;
  }
  return <Facts rows={Object.entries(v).map(([k, x]) => [words(k), auto(k, x)])} />;
}

/** A table whose columns are the rows' members; those in leave are left out. */
export function AutoTable(props: { rows: object[]; caption: string; leave?: string[]; empty?: ComponentChildren; first?: { head: string; cell: (row: never) => ComponentChildren } }) {
  if (props.rows.length === 0) return <Empty>{props.empty ?? "There is none."}</Empty>;
  const keys = Object.keys(props.rows[0]).filter((k) => !props.leave?.includes(k));
  const number = (k: string) => props.rows.every((r) => typeof (r as Record<string, unknown>)[k] === "number" || (moneys.test(k) && /^\d+$/.test(String((r as Record<string, unknown>)[k]))));
  return (
    <Table rows={props.rows} caption={props.caption} folds={keys.length > 3} columns={[
      ...(props.first ? [{ head: props.first.head, cell: props.first.cell as (r: object) => ComponentChildren }] : []),
      ...keys.map((k, i) => ({ head: capital(words(k)), num: number(k), wide: i > 3, cell: (r: object) => auto(k, (r as Record<string, unknown>)[k]) })),
    ]} />
  );
}

/** An object as names and values. */
export function AutoFacts(props: { of: object; leave?: string[] }) {
  return <Facts rows={Object.entries(props.of).filter(([k]) => !props.leave?.includes(k)).map(([k, v]) => [words(k), auto(k, v)])} />;
}
