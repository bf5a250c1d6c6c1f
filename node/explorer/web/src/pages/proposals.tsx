// Proposals: their way through the stages, and how the running one stands.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ago, coins, count, date, percent, ppm, readable, share, span, words } from "../format.ts";
import { has } from "../store.ts";
import { Addr, Block, Card, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Show, Sides, Table, useRead } from "../ui/parts.tsx";

interface BriefProposal { number: number; id: string; title: string; proposer: string; post: string; actions: string[] | null; state: string; grave: boolean; until: number }
interface Terms { period: number; delay: number; expiry: number; quorumPpm: number; passPpm: number; lossPpm: number }
interface Result { stage: string; book: string; pool: number; for: string; against: string; veto: string; outcome: string; height: number }
interface Info extends Omit<BriefProposal, "actions"> {
  text: string;
  fee: string;
  rescue: boolean;
  urgent: boolean;
  books: string[];
  submitted: number;
  ended: number;
  bond: string;
  deposit: string;
  deposited: string;
  backers: { address: string; amount: string }[] | null;
  terms: Terms | null;
  ready: number;
  results: Result[] | null;
  earned: string;
  failure: { action: number; code: number; kind: string } | null;
}
interface ActionsOf { actions: { route: string; message: string; body: unknown }[] | null }
interface Standing { stage: string; until: number; terms: Terms; books: { book: string; pool: number; for: string; against: string; veto: string; supply: string; missing: string; passing: boolean; vetoed: boolean }[] }
interface Law { book: string; governance: boolean; ordinary: Terms; grave: Terms; stages: number[]; draft: number; deposit: string; feeMin: string; open: number; openMax: number }

const way = ["draft", "nonbinding", "half", "binding", "queued", "executed"];
const names: Record<string, string> = { draft: "Draft", nonbinding: "Without risk", half: "Half at risk", binding: "Binding", queued: "Waiting", executed: "Executed" };

/** The stages as a track, with the present one marked. */
export function Track(props: { state: string; small?: boolean; reached?: string }) {
  const at = way.indexOf(props.state);
  const ended = at < 0;
  const reached = ended ? Math.max(0, way.indexOf(props.reached ?? "draft")) : at;
  return (
    <ol class={`track ${props.small ? "small" : ""}`} aria-label={`State: ${words(props.state)}`}>
      {way.map((w, i) => (
        <li key={w} class={i < reached ? "past" : i === reached ? (ended ? "stop" : w === "executed" ? "past" : "now") : ""} aria-current={!ended && i === reached ? "step" : undefined}>
          <i /><span>{ended && i === reached ? words(props.state) : names[w]}</span>
        </li>
      ))}
    </ol>
  );
}

const none = (hash: string): boolean => /^0x0*$/.test(hash);

const pageSize = 25;
const states = ["", "draft", "nonbinding", "half", "binding", "queued", "executed", "failed", "expired", "withdrawn", "vetoed", "rejected"];

export function Proposals() {
  const [state, setState] = useState("");
  const [from, setFrom] = useState<number[]>([0]);
  const top = from[from.length - 1];
  const list = useRead<BriefProposal[]>("legislature_list", { ...(state ? { state } : {}), from: top, limit: pageSize }, "block");
  const law = useRead<Law>(has("legislature_params") ? "legislature_params" : null, {}, 10_000);
  return (
    <Page title="Proposals" lead="What is put to the vote: first without risk, then with half, then with all of what the law puts at risk."
      side={<label class="inline">State <select value={state} onChange={(e) => { setState(e.currentTarget.value); setFrom([0]); }}>{states.map((s) => <option key={s} value={s}>{s || "all"}</option>)}</select></label>}>
      <Card>
        <Show of={list} is={(v) => v.length > 0} empty={state ? `No proposal is ${words(state)}.` : "No proposal has been made yet. The command probity gov draft begins one."}>
          {(rows) => (
            <>
              <Table rows={rows} caption="Proposals, newest first" id={(p) => p.number} columns={[
                { head: "Proposal", cell: (p) => <a href={`#/proposal/${p.number}`}><b>{p.number}</b> {p.title || "Without a title"}</a> },
                { head: "State", cell: (p) => <Pill of={p.state} /> },
                { head: "Way", wide: true, cell: (p) => (way.includes(p.state) ? <Track state={p.state} small /> : <span class="faint">ended</span>) },
                { head: "Does", wide: true, cell: (p) => (p.actions?.length ? p.actions.map((a) => words(a)).join(", ") : "says something") },
                { head: "Proposer", wide: true, cell: (p) => <Addr of={p.proposer} dot /> },
                { head: "Until", num: true, cell: (p) => (p.until ? ago(p.until) : "–") },
              ]} />
              <Pager text="" newer={from.length > 1 ? () => setFrom(from.slice(0, -1)) : undefined}
                older={rows.length === pageSize && rows[rows.length - 1].number > 1 ? () => setFrom([...from, rows[rows.length - 1].number - 1]) : undefined} />
            </>
          )}
        </Show>
      </Card>
      {law.value && <LawCard law={law.value} />}
    </Page>
  );
}

function LawCard(props: { law: Law }) {
  const l = props.law;
  const row = (t: Terms, name: string) => ({ name, ...t });
  return (
    <Card title="By what rules" note={`a vote that opens now is by ${l.book}`}>
      <Table rows={[row(l.ordinary, "Ordinary"), row(l.grave, "Grave (class A)")]} caption="Terms" folds columns={[
        { head: "Proposal", cell: (t) => t.name },
        { head: "Quorum", num: true, cell: (t) => ppm(t.quorumPpm) },
        { head: "Passes above", num: true, cell: (t) => ppm(t.passPpm) },
        { head: "Losers lose", num: true, cell: (t) => ppm(t.lossPpm) },
        { head: "Voting", num: true, wide: true, cell: (t) => span(t.period) },
        { head: "Delay", num: true, wide: true, cell: (t) => span(t.delay) },
      ]} />
      <Facts rows={[
        ["Deposit that opens a vote", <Coins of={l.deposit} unit={l.book} />],
        ["Least fee", <Coins of={l.feeMin} unit="$" />],
        ["Draft gathers it for", span(l.draft)],
        ["Votes that run", `${count(l.open)} of at most ${count(l.openMax)}`],
      ]} />
    </Card>
  );
}

export function ProposalPage(props: { arg: string }) {
  const proposal = Number(props.arg);
  const info = useRead<Info & ActionsOf>("legislature_get", { proposal }, "block");
  const tally = useRead<Standing>("legislature_tally", { proposal }, "block");
  const votes = useRead<{ book: string; voter: string; side: string; stake: string }[]>("legislature_votes", { proposal }, "block");
  return (
    <Page title={info.value ? `${props.arg}. ${info.value.title || "Without a title"}` : `Proposal ${props.arg}`}>
      <Show of={info} empty="There is no proposal of this number.">
        {(p) => (
          <>
            <Card>
              <Track state={p.state} reached={p.results?.length ? p.results[p.results.length - 1].stage : "draft"} />
              {p.failure && <p class="trouble">Action {p.failure.action + 1} failed: {p.failure.kind}. Nothing has happened.</p>}
            </Card>
            {tally.value && <Tally of={tally.value} />}
            <div class="two">
              <Card title="Proposal" note={<><Pill of={p.grave ? "grave" : "ordinary"} tone={p.grave ? "bad" : "soft"} />{p.rescue && <Pill of="rescue" />}{p.urgent && <Pill of="urgent" />}</>}>
                <Facts rows={[
                  ["Proposer", <Addr of={p.proposer} dot />],
                  ...(none(p.post) ? [] : [["Post", <Hash of={p.post} to={`#/post/${p.post}`} />], ["Its post earned", <Coins of={p.earned} />]] as [string, ComponentChildren][]),
                  ["Submitted in block", <Block height={p.submitted} />],
                  ["Fee", <Coins of={p.fee} unit="$" />],
                  ...(p.ended ? [["Ended in block", <Block height={p.ended} />]] : [
                    ["State ends", p.until ? `${date(p.until)} (${ago(p.until)})` : "not by time"],
                    ["May be executed from", p.ready ? date(p.ready) : "not known yet"],
                  ]) as [string, ComponentChildren][],
                ]} />
              </Card>
              <Card title="Deposit" note={p.bond}>
                {p.ended ? <p class="lead">{p.state === "vetoed" ? "It was vetoed; the deposit is burned." : "It is over; deposits have gone back."}</p> : (
                  <>
                    <div class="legend"><span>{coins(p.deposited)}</span><span>of {coins(p.deposit)}</span></div>
                    <Sides up={Number(BigInt(p.deposited) / 1_000_000n)} down={0} of={Math.max(1, Number(BigInt(p.deposit) / 1_000_000n))} label={`${coins(p.deposited)} of ${coins(p.deposit)} deposited`} thin />
                  </>
                )}
                {p.backers && p.backers.length > 0 && <Table rows={p.backers} caption="Backers" columns={[
                  { head: "Backer", cell: (b) => <Addr of={b.address} dot /> },
                  { head: "Deposit", num: true, cell: (b) => <Coins of={b.amount} /> },
                ]} />}
              </Card>
            </div>
            {p.text.length > 2 && <Card title="Text"><div class="prose">{readable(p.text) ?? "bytes that are no text"}</div></Card>}
            <Card title="Actions" note={count(p.actions?.length ?? 0)}>
              {p.actions?.length ? p.actions.map((a, i) => <div key={i} class="action"><h3>{i + 1}. {a.route} · {words(a.message)}</h3><pre tabIndex={0}>{JSON.stringify(a.body, null, 2)}</pre></div>) : <Empty>It does nothing; it says something.</Empty>}
            </Card>
            {p.results && p.results.length > 0 && <Results list={p.results} />}
            {!p.ended && <Card title="Votes" note={votes.value ? count(votes.value.length) : ""}>
              {votes.value && votes.value.length > 0 ? <Table rows={[...votes.value].sort((a, b) => (BigInt(b.stake) > BigInt(a.stake) ? 1 : -1)).slice(0, 200)} caption="Votes" columns={[
                { head: "Voter", cell: (v) => <Addr of={v.voter} dot /> },
                { head: "Side", cell: (v) => <Pill of={v.side} tone={v.side === "for" ? "good" : "bad"} /> },
                { head: "Stake", num: true, cell: (v) => <Coins of={v.stake} unit={v.book} /> },
              ]} /> : <Empty>{tally.value ? "Nobody has voted in this stage yet." : "No vote is running."}</Empty>}
            </Card>}
            <Raw of={p} />
          </>
        )}
      </Show>
    </Page>
  );
}

function Tally(props: { of: Standing }) {
  const t = props.of;
  return (
    <Card title={`Vote: ${names[t.stage] ?? words(t.stage)}`} note={`ends ${ago(t.until)}`}>
      {t.books.map((b) => {
        const n = (a: string) => Number(BigInt(a) / 1_000_000n);
        const staked = String(BigInt(b.for) + BigInt(b.against));
        return (
          <div class="tally" key={b.book}>
            <div class="legend"><span class="up">For {coins(b.for)} {b.book}</span><span>{b.vetoed ? <Pill of="vetoed" /> : <Pill of={b.passing ? "passing" : "not passing"} tone={b.passing ? "good" : "soft"} />}</span><span class="down">{coins(b.against)} against{b.veto !== "0" && `, of which ${coins(b.veto)} veto`}</span></div>
            <Sides up={n(b.for)} down={n(b.against)} mark={t.terms.passPpm / 1e6} label={`${percent(share(b.for, staked))} for; more than ${ppm(t.terms.passPpm)} passes`} />
            <div class="legend"><span>Turnout {percent(share(staked, b.supply))}</span><span>{b.missing === "0" ? "quorum met" : `${coins(b.missing)} missing to the quorum of ${ppm(t.terms.quorumPpm)}`}</span></div>
            <Sides up={n(staked)} down={0} of={n(b.supply)} mark={t.terms.quorumPpm / 1e6} label="Turnout, with the quorum as a mark" thin />
          </div>
        );
      })}
    </Card>
  );
}

function Results(props: { list: Result[] }) {
  return (
    <Card title="Stages that have ended">
      <Table rows={props.list} caption="Results" folds columns={[
        { head: "Stage", cell: (r) => names[r.stage] ?? r.stage },
        { head: "Outcome", cell: (r) => <Pill of={r.outcome} /> },
        { head: "Both sides", cell: (r) => <Sides up={Number(BigInt(r.for) / 1_000_000n)} down={Number(BigInt(r.against) / 1_000_000n)} label={`${coins(r.for)} for, ${coins(r.against)} against`} /> },
        { head: "For", num: true, cell: (r) => <Coins of={r.for} unit={r.book} /> },
        { head: "Against", num: true, cell: (r) => <Coins of={r.against} /> },
        { head: "Block", num: true, wide: true, cell: (r) => <Block height={r.height} /> },
      ]} />
    </Card>
  );
}
