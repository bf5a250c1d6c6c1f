// A recorded run: opened from a file, looked at on a timeline.

import { useRef, useState } from "preact/hooks";
import { brief, count, span } from "../format.ts";
import { Card, Empty, Page, Tile } from "../ui/parts.tsx";
import { parse, type Recorded } from "./format.ts";
import { Timeline } from "./timeline.tsx";

/** The largest file that is read, in bytes. */
const most = 256 << 20;

export function Run() {
  const [run, set] = useState<Recorded | null>(null);
  const [error, setError] = useState("");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const open = async (file: File | undefined) => {
    if (!file) return;
    try {
      if (file.size > most) throw new Error("The file is larger than 256 MiB.");
      set(parse(await file.text()));
      setError("");
    } catch (e) {
      set(null);
      setError((e as Error).message);
    }
  };
  const picker = <input ref={input} type="file" accept=".json,application/json" aria-label="File of a recorded run" onChange={(e) => void open(e.currentTarget.files?.[0])} />;
  const votes = run?.events.filter((e) => e.k === "vote").length ?? 0;
  const finals = run?.events.reduce((n, e) => (e.k === "final" ? Math.max(n, e.h ?? 0) : n), 0) ?? 0;
  return (
    <Page title="Simulator run" lead={run ? run.name : "Whole nodes in a box that one seed determines: their votes, what became final, and the trouble they had."} side={run ? picker : undefined}>
      {error && <div class="trouble" role="alert"><strong>{error}</strong></div>}
      {!run ? (
        <Card>
          <div class={`drop ${over ? "over" : ""}`}
            onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
            onDrop={(e) => { e.preventDefault(); setOver(false); void open(e.dataTransfer?.files[0]); }}>
            <Empty>Drop the file of a run here, or choose it. It stays in this page: nothing is sent to the node.</Empty>
            {picker}
            <p>Such a file is written by</p>
            <pre>probity sim run --seed 7 --nodes 4 --timeline run.json</pre>
          </div>
        </Card>
      ) : (
        <>
          <div class="tiles">
            <Tile name="Seed" value={run.seed} note={<span class="mono">{brief(run.hash, 10, 4)}</span>} />
            <Tile name="Members" value={run.members.length} note={`${run.members.filter((m) => m.owned).length} of an adversary`} />
            <Tile name="Length" value={span(run.lengthMs)} note={run.calmMs ? `calm from ${span(run.calmMs)}` : "no calm"} />
            <Tile name="Final height" value={count(finals)} note={`${count(votes)} votes`} />
            <Tile name="Trouble" value={count(run.spans.length)} note={`${run.spans.filter((s) => s.kind === "partition").length} partitions`} />
            <Tile name="Oracles that fired" value={count(run.events.filter((e) => e.k === "violation").length)} />
          </div>
          {run.dropped ? <p class="lead">{count(run.dropped)} votes were left out of the file because there were too many.</p> : null}
          <Timeline key={run.name + run.hash} run={run} />
        </>
      )}
    </Page>
  );
}
