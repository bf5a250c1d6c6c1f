// The court: accusations and appeals, their panels and verdicts.

import { useState } from "preact/hooks";
import { ago, count, date, ppm, readable, words } from "../format.ts";
import { Addr, Block, Card, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Show, Table, useRead } from "../ui/parts.tsx";

interface Case {
  kind: string;
  stage: string;
  charge: string;
  accuser: string;
  accused: string;
  parties: string[] | null;
  opener: string;
  ref: string;
  bond: string;
  filed: number;
  round: number;
  until: number;
  decisions: unknown[] | null;
  appellant: string;
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
              <Table rows={rows} caption="Cases" id={(x) => x.id} columns={[
                { head: "Case", cell: (x) => <a href={`#/case/${x.id}`}>{x.id}</a> },
                { head: "About", cell: (x) => words(x.case.opener || x.case.charge || x.case.kind) },
                { head: "Stage", cell: (x) => <Pill of={x.outcome || x.case.stage} /> },
                { head: "Accused", cell: (x) => <Addr of={x.case.accused} dot /> },
                { head: "Round", num: true, wide: true, cell: (x) => x.case.round },
                { head: "Filed", num: true, cell: (x) => <Block height={x.case.filed} /> },
              ]} />
              <Pager names={["Earlier", "Later"]} text="" newer={from > 0 ? () => setFrom(Math.max(0, from - pageSize)) : undefined} older={rows.length === pageSize ? () => setFrom(rows[rows.length - 1].id + 1) : undefined} />
            </>
          )}
        </Show>
      </Card>
    </Page>
  );
}

export function CasePage(props: { arg: string }) {
  const id = Number(props.arg);
  const info = useRead<Info>("court_get", { case: id }, "block");
  const panel = useRead<Seat[]>("court_panel", { case: id, round: 0 }, "block");
  return (
    <Page title={`Case ${props.arg}`}>
      <Show of={info} empty="There is no case of this number.">
        {(x) => {
          const c = x.case;
          const text = x.text?.length > 2 ? readable(x.text) : null;
          return (
            <>
              <div class="two">
                <Card title={words(c.kind)} note={<Pill of={x.outcome || c.stage} />}>
                  <Facts rows={[
                    ["Charge", words(c.charge || "–")],
                    ["Accuser", <Addr of={c.accuser} dot />],
                    ["Accused", <Addr of={c.accused} dot />],
                    ["Opened by", c.opener || "an accuser"],
                    ["About", <Hash of={c.ref} to={`#/tx/${c.ref}`} />],
                    ["Bond", <Coins of={c.bond} unit="$" />],
                    ["Stage ends", c.until ? `${date(c.until)} (${ago(c.until)})` : "–"],
                    ["Ratification", c.pool ? <a href={`#/pool/${c.pool}`}>pool {c.pool}</a> : "none"],
                  ]} />
                </Card>
                <Card title="End">
                  {c.ended ? <Facts rows={[
                    ["Outcome", <Pill of={x.outcome} />],
                    ["Taken", ppm(c.ratio)],
                    ["Burned", <><Coins of={c.wrep} unit="wREP" />, <Coins of={c.grep} unit="gREP" /></>],
                    ["In block", <Block height={c.ended} />],
                  ]} /> : <Empty>The case is open.</Empty>}
                </Card>
              </div>
              {text && <Card title="Accusation"><div class="prose">{text}</div></Card>}
              <Card title="Panel" note={`round ${count(c.round)}`}>
                {panel.value && panel.value.length > 0 ? (
                  <>
                    <ul class="seats" aria-label="Seats">{panel.value.map((s) => <li key={s.juror} class={s.revealed ? "full" : s.committed ? "half" : ""} title={s.juror} />)}</ul>
                    <Table rows={panel.value} caption="Panel" id={(s) => s.juror} columns={[
                      { head: "Juror", cell: (s) => <Addr of={s.juror} dot /> },
                      { head: "Has", cell: (s) => <Pill of={s.revealed ? "revealed" : s.committed ? "committed" : "not voted"} tone={s.revealed ? "good" : s.committed ? "live" : "soft"} /> },
                      { head: "Verdict", num: true, cell: (s) => (s.revealed ? ppm(s.ratio) : "–") },
                      { head: "Stake", num: true, cell: (s) => <Coins of={s.stake} /> },
                    ]} />
                  </>
                ) : <Empty>The panel has not been drawn yet.</Empty>}
              </Card>
              <Raw of={x} />
            </>
          );
        }}
      </Show>
    </Page>
  );
}
