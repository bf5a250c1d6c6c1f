// The parameters of the chain, what they were, and what they may be.

import { useState } from "preact/hooks";
import { coins, count, ppm, span } from "../format.ts";
import { Card, Page, Pill, Show, Table, useRead } from "../ui/parts.tsx";

interface Parameter { name: string; value: number; choices?: string[]; text: string; default: number; min: number; max: number; unit: string; classA: boolean; doc: string; pending: number | null }

/** A value in its unit. */
function shown(p: Parameter, v: number): string {
  switch (p.unit) {
    case "ppm":
      return ppm(v);
    case "ms":
      return span(v);
    case "base":
      return coins(BigInt(v));
    case "switch":
      return v ? "on" : "off";
    case "choice":
      return p.choices?.[v] ?? p.choices?.[v - 1] ?? count(v);
    default:
      return `${v >= 1e6 ? v.toLocaleString("en", { notation: "compact" }) : count(v)}${p.unit && p.unit !== "count" ? ` ${p.unit}` : ""}`;
  }
}

export function Parameters() {
  const list = useRead<Parameter[]>("params_list", {}, 10_000);
  const [find, set] = useState("");
  return (
    <Page title="Parameters" lead="Every number that the law leaves open. A passed proposal changes them at the next boundary of an epoch; class A needs the larger majority."
      side={<label class="inline">Find <input value={find} onInput={(e) => set(e.currentTarget.value)} size={18} /></label>}>
      <Show of={list}>
        {(all) => {
          const rows = all.filter((p) => (p.name + p.doc).toLowerCase().includes(find.toLowerCase()));
          return (
            <Card note={`${count(rows.length)} of ${count(all.length)}`}>
              <Table rows={rows} caption="Parameters" folds id={(p) => p.name} columns={[
                { head: "Parameter", cell: (p) => <div class="doc"><a class="mono" href={`#/verify/parameter:${p.name}`}>{p.name}</a>{p.classA && <Pill of="class A" tone="live" />}<small>{p.doc}</small></div> },
                { head: "Value", num: true, cell: (p) => <b>{shown(p, p.value)}</b> },
                { head: "Default", num: true, wide: true, cell: (p) => shown(p, p.default) },
                { head: "Bounds", num: true, wide: true, cell: (p) => (p.unit === "switch" || p.unit === "choice" ? "–" : <small>{shown(p, p.min)}<br />{p.max > 1e15 ? "no bound" : shown(p, p.max)}</small>) },
                { head: "Next", num: true, cell: (p) => (p.pending === null ? "–" : <b class="bad">{shown(p, p.pending)}</b>) },
              ]} />
            </Card>
          );
        }}
      </Show>
    </Page>
  );
}
