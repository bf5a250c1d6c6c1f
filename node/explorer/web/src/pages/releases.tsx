// Releases: candidates, who audited and voted, and the trail of each, checked
// in the page.

import { useEffect, useState } from "preact/hooks";
import { checkTrail } from "../checks.ts";
import type { TrailPart } from "../check/forms.ts";
import type { Verdict } from "../check/law.ts";
import { ago, capital, count, date, words } from "../format.ts";
import { read } from "../rpc.ts";
import { has } from "../store.ts";
import { AutoFacts, AutoTable } from "../ui/auto.tsx";
import { Addr, Block, Card, Checked, Coins, Empty, Facts, Hash, Page, Pager, Pill, Raw, Show, Table, useRead, zeroAddress } from "../ui/parts.tsx";

interface Candidate {
  rc: string;
  number: number;
  stage: string;
  repo: string;
  commit: string;
  version: string;
  protocol: number;
  locator: string;
  submitter: string;
  submitted: number;
  expires: number;
  round: number;
  closes: number;
  plan: unknown;
  artifacts: string;
  sealed: string;
  head: string;
  entries: number;
  preapproved: boolean;
  missing: string;
  reason: string;
}

const pageSize = 25;
const way = ["auditing", "voting", "approved", "triggered", "built", "published", "scheduled", "active"];

function Way(props: { stage: string }) {
  const at = way.indexOf(props.stage);
  return (
    <ol class="track" aria-label={`Stage: ${props.stage}`}>
      {way.map((w, i) => <li key={w} class={at < 0 ? (i === 0 ? "stop" : "") : i < at || props.stage === "active" ? "past" : i === at ? "now" : ""}><i /><span>{at < 0 && i === 0 ? props.stage : w}</span></li>)}
    </ol>
  );
}

export function Releases() {
  const [from, set] = useState<number[]>([1]);
  const list = useRead<{ candidates: Candidate[]; next: number }>("release_list", { from: from[from.length - 1], limit: pageSize }, "block");
  const overview = useRead<object>(has("release_overview") ? "release_overview" : null, {}, 5000);
  const council = useRead<object>(has("release_council") ? "release_council" : null, {}, 5000);
  const auditors = useRead<object>(has("release_auditors") ? "release_auditors" : null, {}, 5000);
  return (
    <Page title="Releases" lead="From a candidate to a binary: audits, the council's vote, builds that agree, publication. Each step stands in a trail that can be checked.">
      <Card title="Candidates">
        <Show of={list} is={(v) => v.candidates.length > 0} empty="No candidate has been submitted yet.">
          {(v) => (
            <>
              <Table rows={v.candidates} caption="Candidates" id={(c) => c.rc} columns={[
                { head: "Candidate", cell: (c) => <a href={`#/release/${c.rc}`}><b>{c.number}</b> {c.version}</a> },
                { head: "Stage", cell: (c) => <Pill of={c.stage} /> },
                { head: "Missing", wide: true, cell: (c) => (c.missing ? words(c.missing) : "–") },
                { head: "Submitter", cell: (c) => <Addr of={c.submitter} dot /> },
                { head: "Protocol", num: true, wide: true, cell: (c) => c.protocol || "same" },
                { head: "Submitted", num: true, wide: true, cell: (c) => ago(c.submitted) },
              ]} />
              <Pager names={["Earlier", "Later"]} text="" newer={from.length > 1 ? () => set(from.slice(0, -1)) : undefined} older={v.next ? () => set([...from, v.next]) : undefined} />
            </>
          )}
        </Show>
      </Card>
      {overview.value && <Card title="At one glance"><AutoFacts of={overview.value} /></Card>}
      {council.value && <Card title="Council"><AutoFacts of={council.value} /></Card>}
      {auditors.value && <Card title="Auditors"><AutoFacts of={auditors.value} /></Card>}
    </Page>
  );
}

interface Report { auditor: string; status: string; report: string; official: boolean; counts: boolean; ctr: boolean; teamOnly: boolean; disclosed: boolean; locator: string; time: number; stake: string; challenged: boolean }
interface Audit { pass: boolean; missing: string; reports: Report[] }
interface Vote { round: number; opened: number; closes: number; closed: boolean; passed: boolean; reason: string; activists: object; technologists: object; voters: { address: string; college: string; member: boolean; choice: string; time: number }[] }

export function ReleasePage(props: { arg: string }) {
  const rc = props.arg;
  const status = useRead<Candidate>("release_status", { rc }, "block");
  const audit = useRead<Audit>("release_audit", { rc }, 3000);
  const vote = useRead<Vote>("release_vote", { rc, round: 0 }, 3000);
  return (
    <Page title={status.value ? `Candidate ${status.value.number}: ${status.value.version}` : "Candidate"} lead={<Hash of={rc} full />}>
      <Show of={status} empty="There is no candidate of this name.">
        {(c) => (
          <>
            <Card><Way stage={c.stage} /></Card>
            <div class="two">
              <Card title="Candidate" note={<Pill of={c.stage} />}>
                <Facts rows={[
                  ["Repository", c.repo],
                  ["Commit", <span class="mono">{c.commit.slice(2)}</span>],
                  ["Protocol", c.protocol ? count(c.protocol) : "unchanged"],
                  ["Submitter", <Addr of={c.submitter} dot />],
                  ["Submitted", date(c.submitted)],
                  ["Expires", c.expires ? ago(c.expires) : "–"],
                  ["Artifacts", <Hash of={c.artifacts} />],
                  ["Preapproved by dCERT", c.preapproved ? "yes" : "no"],
                  ["Missing", c.missing ? words(c.missing) : "nothing"],
                  ["Reason", c.reason || "–"],
                ]} />
              </Card>
              <Card title="Audit" note={audit.value && <Pill of={audit.value.pass ? "pass" : words(audit.value.missing)} tone={audit.value.pass ? "good" : "live"} />}>
                {audit.value && audit.value.reports.length > 0 ? <Table rows={audit.value.reports} caption="Reports" columns={[
                  { head: "Auditor", cell: (r) => <Addr of={r.auditor} dot /> },
                  { head: "Says", cell: (r) => <Pill of={r.status} /> },
                  { head: "Counts", cell: (r) => (r.counts ? "yes" : r.official ? "no longer" : "an opinion") },
                  { head: "Stake", num: true, wide: true, cell: (r) => <Coins of={r.stake} /> },
                ]} /> : <Empty>Nobody has reported yet.</Empty>}
              </Card>
            </div>
            {vote.value && (
              <Card title={`Vote, round ${vote.value.round}`} note={vote.value.closed ? <Pill of={vote.value.passed ? "passed" : "rejected"} /> : `closes ${ago(vote.value.closes)}`}>
                <div class="two"><div><h3>Activists</h3><AutoFacts of={vote.value.activists} /></div><div><h3>Technologists</h3><AutoFacts of={vote.value.technologists} /></div></div>
                <AutoTable rows={vote.value.voters} caption="Voters" />
              </Card>
            )}
            <Trail rc={rc} entries={c.entries} />
            <Raw of={c} />
          </>
        )}
      </Show>
    </Page>
  );
}

/** The life of the candidate, and the check that nothing in it was changed. */
function Trail(props: { rc: string; entries: number }) {
  const [trail, set] = useState<TrailPart | null>(null);
  const [verdict, judge] = useState<Verdict | null>(null);
  useEffect(() => {
    let current = true;
    read<TrailPart>("release_history", { rc: props.rc, from: 1, limit: 1000 }).then(async (t) => {
      if (!t || !current) return;
      set(t);
      const v = await checkTrail(t);
      if (current) judge(v);
    }).catch(() => undefined);
    return () => {
      current = false;
    };
  }, [props.rc, props.entries]);
  return (
    <Card title="Audit trail" note={`${count(props.entries)} entries`}>
      <Checked verdict={verdict} about="the trail is whole" />
      {trail && (
        <ol class="trail">
          {trail.entries.map(({ entry: e, clear }) => (
            <li key={e.number}>
              <time>{date(e.time)}</time>
              <div>
                <b>{capital(words(e.kind))}</b> {e.actor && e.actor !== zeroAddress && <Addr of={e.actor} dot />} <span class="faint">block <Block height={e.height} /></span>
                {clear && <details><summary>What it says</summary><pre>{pretty(clear)}</pre></details>}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
