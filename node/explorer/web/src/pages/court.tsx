// The court: accusations and appeals, their panels and verdicts.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ago, capital, count, date, ppm, readable, words } from "../format.ts";
import { Addr, Block, Card, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Show, Table, useRead } from "../ui/parts.tsx";

interface Decision { seats: number; guilty: number; clear: number; hung: boolean; ratio: number }
interface Case {
  kind: string;
  stage: string;
  charge: string;
  accuser: string;
  accused: string;
  parties: string[] | null;
  opener: string;
  ref: string;
  content: string;
  evidence: string[] | null;
  posts: { post: string; amount: string }[] | null;
  bond: string;
  filed: number;
  round: number;
  draws: number;
  until: number;
  decisions: Decision[] | null;
  appellant: string;
  appealBond: string;
  pool: number;
  ratio: number;
  wrep: string;
  grep: string;
  ended: number;
}
interface Info { id: number; case: Case; outcome: string; text: string }
interface Seat { round: number; juror: string; stake: string; committed: boolean; revealed: boolean; ratio: number }

const pageSize = 50;

export function Court() {
  const [stage, set] = useState("");
  const [from, setFrom] = useState(0);
  const list = useRead<Info[]>("court_list", { from, limit: pageSize, stage }, "block");
  return (
    <Page title="Court" lead="Panels drawn by lot decide accusations and appeals; jurors commit to a verdict before any is known."
      side={<label class="inline">Show <select value={stage} onChange={(e) => { set(e.currentTarget.value); setFrom(0); }}><option value="">all cases</option><option value="open">open cases</option></select></label>}>
      <Card>
        <Show of={list} is={(v) => v.length > 0} empty={stage ? "No case is open." : "No case has been filed."}>
          {(rows) => (
            <>
              <Table rows={rows} caption="Cases" folds id={(x) => x.id} columns={[
                { head: "Case", cell: (x) => <a href={`#/case/${x.id}`}>{x.id}</a> },
                { head: "About", cell: (x) => (x.case.opener ? `a role, by ${x.case.opener}` : charges[x.case.charge] ?? words(x.case.charge)) },
                { head: "Stage", cell: (x) => <Ended of={x} /> },
                { head: "Accused", cell: (x) => <Addr of={x.case.accused} dot /> },
                { head: "Round", num: true, wide: true, cell: (x) => x.case.round },
                { head: "Filed", num: true, wide: true, cell: (x) => <Block height={x.case.filed} /> },
              ]} />
              <Pager names={["Earlier", "Later"]} text="" newer={from > 0 ? () => setFrom(Math.max(0, from - pageSize)) : undefined} older={rows.length === pageSize ? () => setFrom(rows[rows.length - 1].id + 1) : undefined} />
            </>
          )}
        </Show>
      </Card>
    </Page>
  );
}

/** How a case ended, or its stage. What a pool would call accepted is a verdict of guilty. */
function Ended(props: { of: Info }) {
  const { outcome, case: c } = props.of;
  const verdicts: Record<string, [string, string]> = { accepted: ["guilty", "bad"], rejected: ["not guilty", "good"], void: ["no verdict", "soft"] };
  const [text, tone] = (c.opener === "" && verdicts[outcome]) || [outcome || c.stage, undefined];
  return <Pill of={text} tone={tone} />;
}

/** What a case is about, in the words of the law. */
const charges: Record<string, string> = { censorship: "censorship", selection: "manipulation of selection", role: "abuse of a role", spirit: "the spirit of the law" };

const way = ["filed", "commit", "reveal", "decided", "ratify", "final"];
const names: Record<string, string> = { filed: "Filed", commit: "Jurors commit", reveal: "Jurors reveal", decided: "May be appealed", ratify: "Ratified by a pool", final: "Final" };

/** Where a case stands. A case that is appealed begins again with a larger panel. */
function Way(props: { of: Case }) {
  const c = props.of;
  const past = c.stage === "dismissed";
  const at = past ? way.length - 1 : way.indexOf(c.stage === "appealed" ? "filed" : c.stage);
  const passes = (w: string, i: number) => (w === "ratify" && at > i && !c.pool ? "" : "past");
  return (
    <ol class="track" aria-label={`Stage: ${words(c.stage)}`}>
      {way.map((w, i) => {
        const now = i === at && !c.ended;
        return <li key={w} class={past && i === at ? "stop" : now ? "now" : i <= at ? passes(w, i) : ""} aria-current={now ? "step" : undefined}><i /><span>{past && i === at ? "Dismissed" : names[w]}</span></li>;
      })}
    </ol>
  );
}

/** The facts of a case that apply to its kind. */
function about(c: Case): [string, ComponentChildren][] {
  const appeal = c.opener !== "";
  const evidence = c.evidence ?? [];
  const posts = c.posts ?? [];
  return [
    ...(appeal ? [["Opened by", `the route ${c.opener}`], ["Of what", <Hash of={c.ref} />], ["Parties", <span class="many">{(c.parties ?? []).map((p) => <Addr key={p} of={p} dot />)}</span>]] : [
      ["Charge", capital(charges[c.charge] ?? words(c.charge))],
      ["Accuser", <Addr of={c.accuser} dot />],
      ["Accused", <Addr of={c.accused} dot />],
      ["Evidence", <span class="many">{evidence.map((e) => <Hash key={e} of={e} />)}</span>],
      ["Text hashes to", <Hash of={c.content} />],
    ]) as [string, ComponentChildren][],
    ...posts.map((p): [string, ComponentChildren] => ["Post", <><Hash of={p.post} to={`#/post/${p.post}`} /> <Coins of={p.amount} unit="REP" /></>]),
    ["Filed in block", <Block height={c.filed} />],
    ...(c.bond !== "0" ? [["Bond", <Coins of={c.bond} unit="$" />] as [string, ComponentChildren]] : []),
    ...(c.until ? [["Stage ends", `${date(c.until)} (${ago(c.until)})`] as [string, ComponentChildren]] : []),
    ...(c.pool ? [["Ratification", <a href={`#/pool/${c.pool}`}>pool {c.pool}</a>] as [string, ComponentChildren]] : []),
  ];
}

export function CasePage(props: { arg: string }) {
  const id = Number(props.arg);
  const info = useRead<Info>("court_get", { case: id }, "block");
  return (
    <Page title={`Case ${props.arg}`}>
      <Show of={info} empty="There is no case of this number.">
        {(x) => {
          const c = x.case;
          const text = x.text?.length > 2 ? readable(x.text) : null;
          return (
            <>
              <Card><Way of={c} /></Card>
              <div class="two">
                <Card title={capital(words(c.kind))} note={<Ended of={x} />}>
                  <Facts rows={about(c)} />
                </Card>
                <Card title="What came of it">
                  {c.ended ? <Facts rows={[
                    ["Outcome", <Ended of={x} />],
                    ["Taken", ppm(c.ratio)],
                    ["Burned", <><Coins of={c.wrep} unit="wREP" />, <Coins of={c.grep} unit="gREP" /></>],
                    ["In block", <Block height={c.ended} />],
                  ]} /> : <Empty>The case is open.</Empty>}
                </Card>
              </div>
              {text && <Card title="What it says"><div class="prose">{text}</div></Card>}
              {c.round > 1 && <Panel id={id} of={c} round={2} />}
              <Panel id={id} of={c} round={1} />
              <Raw of={x} />
            </>
          );
        }}
      </Show>
    </Page>
  );
}

/** A decision as a sentence. */
function sentence(d: Decision): string {
  const votes = `${count(d.guilty)} guilty, ${count(d.clear)} not guilty, ${count(d.seats - d.guilty - d.clear)} silent`;
  if (d.hung) return `No verdict: ${votes} of ${count(d.seats)} seats; a verdict needs more than half to speak.`;
  return d.ratio ? `Guilty, ${ppm(d.ratio)} of the reputation: ${votes}.` : `Not guilty: ${votes}.`;
}

/** A round's panel, and what it decided. */
function Panel(props: { id: number; of: Case; round: number }) {
  const c = props.of;
  const panel = useRead<Seat[]>("court_panel", { case: props.id, round: props.round }, "block");
  const decision = c.decisions?.[props.round - 1];
  const drawn = panel.value?.length ?? 0;
  return (
    <Card title={props.round > 1 ? "Second panel" : "Panel"} note={drawn > 0 ? `${count(drawn)} drawn` : ""}>
      {props.round > 1 && <p class="lead">Appealed by <Addr of={c.appellant} dot />{c.appealBond !== "0" && <> with a bond of <Coins of={c.appealBond} unit="$" /></>}.</p>}
      {decision && <p class="lead">{sentence(decision)}</p>}
      <Show of={panel} is={(v) => v.length > 0} empty={decision ? "Too few could be drawn." : `The panel is drawn by the lot of epoch ${count(c.draws)}.`}>
        {(seats) => <>
          <ul class="seats" aria-label="Seats">{seats.map((s) => <li key={s.juror} class={s.revealed ? "full" : s.committed ? "half" : ""} title={s.juror} />)}</ul>
          <Table rows={seats} caption={`Panel of round ${props.round}`} id={(s) => s.juror} columns={[
            { head: "Juror", cell: (s) => <Addr of={s.juror} dot /> },
            { head: "Has", cell: (s) => <Pill of={s.revealed ? "revealed" : s.committed ? "committed" : decision ? "kept silent" : "not voted"} tone={s.revealed ? "good" : decision ? "bad" : s.committed ? "live" : "soft"} /> },
            { head: "Verdict", num: true, cell: (s) => (s.revealed ? (s.ratio ? ppm(s.ratio) : "not guilty") : "–") },
            { head: "Stake", num: true, wide: true, cell: (s) => <Coins of={s.stake} /> },
          ]} />
        </>}
      </Show>
    </Card>
  );
}
