// Watchtowers: who computes again what the chain relies on, whether they agree,
// and on how many implementations that rests.

import { useState } from "preact/hooks";
import { ago, brief, capital, count, date, ppm, words } from "../format.ts";
import { Addr, Card, Coins, Empty, Facts, Hash, Meter, Page, Pill, Raw, Show, Table, Tile, useRead } from "../ui/parts.tsx";

interface Member { address: string; joined: number; bond: string; watchtower: string[] | null; treegen: string[] | null; challenger: string | null; answerBy: number; equivocated: number; seen: { kind: string; at: number }[] | null; healthy: boolean }
interface Share { name: string; author: string; seats: string; ppm: number; below: boolean }
interface Diversity { duty: string; seats: number; met: boolean; enforced: boolean; implementations: Share[] | null; authors: Share[] | null }
interface Task { kind: string; subject: string; opener: string; from: number; interval: number; opened: number; deadline: number; quorumPpm: number; enforced: boolean; standing: string; hash: string | null; seats: Seat[] | null; submissions: Submission[] | null }
interface Seat { member: string; implementations: string[] | null }
interface Submission { member: string; hash: string; implementation: string; version: string; at: number; status: string; agrees: boolean; conflict: string | null }

export function Oracle() {
  const [duty, set] = useState("watchtower");
  const members = useRead<Member[]>("oracle_members", {}, 4000);
  const diversity = useRead<Diversity>("oracle_diversity", { duty }, 4000);
  const tasks = useRead<Task[]>("oracle_tasks", { limit: 40 }, 3000);
  const agreed = tasks.value?.filter((t) => t.standing === "agreed").length ?? 0;
  const d = diversity.value;
  return (
    <Page title="Watchtowers" lead="Independent implementations compute again what the chain relies on. What they agree on counts; where they do not, the court hears it."
      side={<div class="tabs" role="tablist">{["watchtower", "treegen"].map((x) => <button key={x} role="tab" aria-selected={duty === x} onClick={() => set(x)}>{x}</button>)}</div>}>
      <div class="tiles">
        <Tile name="Members" value={count(members.value?.length ?? 0)} note={`${count(members.value?.filter((m) => m.healthy).length ?? 0)} healthy`} />
        <Tile name="Agreed" value={tasks.value?.length ? `${agreed} of ${tasks.value.length}` : "–"} note="of the last tasks" />
        {d && <Tile name="Diversity" value={d.met ? "met" : "not met"} note={d.enforced ? "enforced for new tasks" : "not enforced yet"} />}
      </div>
      <Card title="Implementations" note="the mark: one half of the seats, which none may reach">
        <Show of={diversity} is={(v) => (v.implementations?.length ?? 0) > 0} empty="No seat declares an implementation.">
          {(v) => <Table rows={v.implementations!} caption="Implementations" id={(s) => s.name} columns={[
            { head: "Implementation", cell: (s) => s.name || "unknown" },
            { head: "Author", wide: true, cell: (s) => (/^prb1/.test(s.author) ? <Addr of={s.author} /> : s.author || "–") },
            { head: "", cell: (s) => <Meter part={s.ppm / 1e6} mark={0.5} tone={s.below ? "good" : "bad"} label={`${ppm(s.ppm)} of the seats`} /> },
            { head: "Seats", num: true, wide: true, cell: (s) => s.seats },
            { head: "Share", num: true, cell: (s) => ppm(s.ppm) },
          ]} />}
        </Show>
      </Card>
      <Card title="Tasks" note="each dot is a submission: filled where it agrees">
        <Show of={tasks} is={(v) => v.length > 0} empty="No task has been opened yet.">
          {(v) => <Table rows={[...v].reverse()} caption="Tasks" id={(t) => t.kind + t.subject} columns={[
            { head: "Task", cell: (t) => <a href={`#/task/${t.kind}-${t.subject}`}>{capital(words(t.kind))} {subject(t)}</a> },
            { head: "Stands", cell: (t) => <Pill of={t.standing} /> },
            { head: "Submissions", cell: (t) => <Answers task={t} /> },
            { head: "Agreed on", wide: true, cell: (t) => (t.hash ? <Hash of={t.hash} /> : "–") },
            { head: "Deadline", num: true, wide: true, cell: (t) => ago(t.deadline) },
          ]} />}
        </Show>
      </Card>
      <Card title="Members">
        <Show of={members} is={(v) => v.length > 0} empty="Nobody has joined yet.">
          {(v) => <Table rows={v} caption="Members" folds id={(m) => m.address} columns={[
            { head: "Member", cell: (m) => <Addr of={m.address} dot /> },
            { head: "Health", cell: (m) => <Pill of={m.challenger ? "challenged" : m.healthy ? "healthy" : "silent"} tone={m.challenger ? "bad" : m.healthy ? "good" : "soft"} /> },
            { head: "Runs", cell: (m) => [...(m.watchtower ?? []), ...(m.treegen ?? [])].join(", ") || "–" },
            { head: "Bond", num: true, cell: (m) => <Coins of={m.bond} /> },
            { head: "Seen", num: true, wide: true, cell: (m) => (m.seen?.length ? ago(Math.max(...m.seen.map((s) => s.at))) : "never") },
          ]} />}
        </Show>
      </Card>
    </Page>
  );
}

/** What members submitted to a task, read when the row is shown. */
function Answers(props: { task: Task }) {
  const t = useRead<Task>("oracle_submissions", { kind: props.task.kind, subject: props.task.subject }, props.task.standing === "open" ? 3000 : 0);
  const list = t.value?.submissions ?? [];
  if (list.length === 0) return <span class="faint">none of {count(props.task.seats?.length ?? 0)}</span>;
  return (
    <ul class="seats small" aria-label={`${list.filter((s) => s.agrees).length} of ${list.length} agree`}>
      {list.slice(0, 60).map((s) => <li key={s.member} class={s.conflict ? "bad" : s.agrees ? "full" : "half"} title={`${s.member}: ${s.implementation} ${s.version}, ${brief(s.hash)}, ${s.status}`} />)}
    </ul>
  );
}

/** What a task asks about: an epoch, which its subject holds as a number, or a hash. */
function subject(t: { kind: string; subject: string }): string {
  return t.kind === "state" || t.kind === "salary" ? `of epoch ${count(BigInt(t.subject))}` : brief(t.subject, 8, 4);
}

/** A task: who was asked, and who answered what. */
export function TaskPage(props: { arg: string }) {
  const [, kind, hash] = /^(.+)-(0x[0-9a-f]{64})$/.exec(props.arg) ?? [];
  const task = useRead<Task>(kind ? "oracle_submissions" : null, { kind, subject: hash }, "block");
  if (!kind) return <Page title="Task"><Empty>The address names no task.</Empty></Page>;
  return (
    <Page title={`${capital(words(kind))} ${subject({ kind, subject: hash })}`} lead="A task of the watchtowers.">
      <Show of={task} empty="There is no such task, or it is not kept any more.">
        {(t) => {
          const answered = t.submissions ?? [];
          const silent = (t.seats ?? []).filter((s) => !answered.some((a) => a.member === s.member));
          const hashes = new Set(answered.map((a) => a.hash)).size;
          return (
            <>
              <div class="two">
                <Card title="Task" note={<Pill of={t.standing} />}>
                  <Facts rows={[
                    ["Subject", <Hash of={t.subject} />],
                    ["Asked by", words(t.opener)],
                    ["Asked", `${date(t.opened)} (${ago(t.opened)})`],
                    ["Deadline", `${date(t.deadline)} (${ago(t.deadline)})`],
                    ["Agreed on", t.hash ? <Hash of={t.hash} full /> : "nothing yet"],
                  ]} />
                </Card>
                <Card title="Agreement" note={`more than ${ppm(t.quorumPpm)} of the seats`}>
                  <div class="legend"><span>{count(answered.length)} of {count(t.seats?.length ?? 0)} answered</span><span>{hashes > 1 ? <b class="bad">{count(hashes)} different hashes</b> : hashes === 1 ? "one hash" : ""}</span></div>
                  <Meter part={answered.filter((a) => a.agrees).length / Math.max(1, t.seats?.length ?? 0)} mark={t.quorumPpm / 1e6} tone={t.standing === "agreed" ? "good" : undefined} label="Seats that agree, with the quorum as a mark" />
                  <p class="lead">{t.enforced ? "It takes more than one implementation to agree." : "One implementation is enough: too many seats ran the same when it was asked."}</p>
                </Card>
              </div>
              <Card title="Answers">
                {answered.length > 0 ? <Table rows={answered} caption="Answers" folds id={(a) => a.member} columns={[
                  { head: "Member", cell: (a) => <Addr of={a.member} dot /> },
                  { head: "Answer", cell: (a) => <Pill of={a.conflict ? "conflict" : a.agrees ? "agrees" : t.hash ? "differs" : a.status} tone={a.conflict || (t.hash && !a.agrees) ? "bad" : a.agrees ? "good" : "soft"} /> },
                  { head: "Hash", cell: (a) => <Hash of={a.hash} /> },
                  { head: "Program", cell: (a) => `${a.implementation} ${a.version}` },
                  { head: "When", num: true, cell: (a) => ago(a.at) },
                ]} /> : <Empty>Nobody has answered.</Empty>}
                {silent.length > 0 && <p class="lead">Without an answer: <span class="many">{silent.map((s) => <Addr key={s.member} of={s.member} dot />)}</span></p>}
              </Card>
              <Raw of={t} />
            </>
          );
        }}
      </Show>
    </Page>
  );
}
