// dCERT: the group that may break circuits, and what it has broken.

import { ago, coins, count, date } from "../format.ts";
import { Addr, Block, Card, Coins, colour, Hash, Page, Pill, Show, Table, Tile, useRead } from "../ui/parts.tsx";

interface State { enabled: boolean; halted: { proposal: string; proposer: string; since: number; wager: string } | null; open: string[] | null; voters: number; counting: boolean; disband: number }
interface Member { address: string; sequence: number; since: number; votes: string; bonded: string; suspended: number; description: string }
interface Candidate { address: string; votes: string; member: boolean; queued: boolean }
interface Waiting { outgoing: string; newcomer: string; at: number }
interface Circuit { message: string; trip: number; since: number; height: number; by: string; commitment: string; motive: string }
interface Trip { id: number; by: string; height: number; messages: string[] | null; commitment: string; motive: string }

export function Dcert() {
  const state = useRead<State>("dcert_status", {}, "block");
  const members = useRead<Member[]>("dcert_members", {}, 5000);
  const candidates = useRead<Candidate[]>("dcert_candidates", {}, 5000);
  const queue = useRead<Waiting[]>("dcert_queue", {}, 5000);
  const circuits = useRead<Circuit[]>("dcert_circuits", {}, "block");
  const trips = useRead<Trip[]>("dcert_trips", {}, 5000);
  const s = state.value;
  return (
    <Page title="dCERT" lead="An elected group that can halt a message of the chain at once, and answers for it.">
      {s?.halted && <div class="trouble" role="alert"><strong>The group is halted.</strong><span>A proposal to disband it is open since {date(s.halted.since)}; {coins(s.halted.wager)} wREP are wagered on it.</span></div>}
      {s && (
        <div class="tiles">
          <Tile name="Circuits open" value={count(circuits.value?.length ?? 0)} note={s.enabled ? "the breaker is on" : "the breaker is off"} />
          <Tile name="Seats" value={count(members.value?.length ?? 0)} note={`${count(queue.value?.length ?? 0)} to change hands`} />
          <Tile name="Voters" value={count(s.voters)} note={s.counting ? "a count is running" : "with a preference"} />
        </div>
      )}
      <Card title="Open circuits">
        <Show of={circuits} is={(v) => v.length > 0} empty="No circuit is open: every message of the chain is taken.">
          {(rows) => <Table rows={rows} caption="Open circuits" folds id={(c) => c.message} columns={[
            { head: "Message", cell: (c) => <b class="bad">{c.message}</b> },
            { head: "By", cell: (c) => <Addr of={c.by} dot /> },
            { head: "Since", cell: (c) => ago(c.since) },
            { head: "Motive", cell: (c) => c.motive || "not told yet" },
            { head: "Commitment", wide: true, cell: (c) => <Hash of={c.commitment} /> },
          ]} />}
        </Show>
      </Card>
      <div class="two">
        <Card title="Seats">
          <Show of={members} is={(v) => v.length > 0} empty="Nobody is seated yet. Whoever bonds and is preferred takes a seat at the next count.">
            {(rows) => (
              <>
                {rows.length > 2 && <Chamber members={rows} queue={queue.value ?? []} />}
                <Table rows={rows} caption="Members" id={(m) => m.address} columns={[
                  { head: "Member", cell: (m) => <><Addr of={m.address} dot /> {m.suspended > 0 && <Pill of="suspended" />}{m.description && <small class="says">{m.description}</small>}</> },
                  { head: "Since", num: true, wide: true, cell: (m) => (m.since ? <Block height={m.since} /> : "genesis") },
                  { head: "Votes", num: true, cell: (m) => <Coins of={m.votes} /> },
                  { head: "Bonded", num: true, cell: (m) => <Coins of={m.bonded} /> },
                ]} />
              </>
            )}
          </Show>
        </Card>
        <Card title="Queue and candidates">
          <Show of={queue} is={(v) => v.length > 0} empty="No seat is about to change hands.">
            {(rows) => <Table rows={rows} caption="Queue" columns={[
              { head: "Leaves", cell: (w) => <Addr of={w.outgoing} dot /> },
              { head: "Comes", cell: (w) => <Addr of={w.newcomer} dot /> },
              { head: "When", num: true, cell: (w) => ago(w.at) },
            ]} />}
          </Show>
          <Show of={candidates} is={(v) => v.length > 0} empty="There is no candidate.">
            {(rows) => <Table rows={rows.slice(0, 50)} caption="Candidates" id={(c) => c.address} columns={[
              { head: "Candidate", cell: (c) => <Addr of={c.address} dot /> },
              { head: "", cell: (c) => (c.member ? <Pill of="member" tone="good" /> : c.queued ? <Pill of="queued" /> : "") },
              { head: "Votes", num: true, cell: (c) => <Coins of={c.votes} /> },
            ]} />}
          </Show>
        </Card>
      </div>
      <Card title="What was broken">
        <Show of={trips} is={(v) => v.length > 0} empty="Nothing has ever been broken.">
          {(rows) => <Table rows={[...rows].reverse()} caption="Trips" folds id={(t) => t.id} columns={[
            { head: "Trip", cell: (t) => t.id },
            { head: "By", cell: (t) => <Addr of={t.by} dot /> },
            { head: "Messages", cell: (t) => (t.messages ?? []).join(", ") },
            { head: "Motive", cell: (t) => t.motive || "not told yet" },
            { head: "Block", num: true, cell: (t) => <Block height={t.height} /> },
          ]} />}
        </Show>
      </Card>
    </Page>
  );
}

/** The seats as a half circle; a ring marks one that is about to change hands. */
function Chamber(props: { members: Member[]; queue: Waiting[] }) {
  const list = props.members;
  const rows = list.length > 12 ? 2 : 1;
  const few = list.length < 8; // a flatter arc: they would lie far apart on a half circle
  const per = Math.ceil(list.length / rows);
  const most = list.reduce((n, m) => (BigInt(m.votes) > n ? BigInt(m.votes) : n), 1n);
  return (
    <svg class="chamber" viewBox={few ? "0 0 320 72" : "0 0 320 176"} role="img" aria-label={`${list.length} seats, ${props.queue.length} about to change hands`}>
      {list.map((m, i) => {
        const row = Math.floor(i / per);
        const n = Math.min(per, list.length - row * per);
        const part = n === 1 ? 0.5 : (i % per) / (n - 1);
        const a = few ? Math.PI * (0.5 + 0.055 * n * (0.5 - part)) : Math.PI * (1 - part);
        const r = few ? 190 : 140 - row * 46;
        const [x, y] = [160 + r * Math.cos(a), (few ? 214 : 160) - r * Math.sin(a)];
        const size = 8 + 9 * Math.sqrt(Number((BigInt(m.votes) * 1000n) / most) / 1000);
        const leaves = props.queue.some((q) => q.outgoing === m.address);
        return (
          <a key={m.address} href={`#/account/${m.address}`} tabIndex={-1}>
            <circle cx={x} cy={y} r={size} style={{ fill: m.suspended ? "var(--faint)" : colour(m.address) }}><title>{`${m.description || m.address}: ${coins(m.votes)} votes`}</title></circle>
            {leaves && <circle cx={x} cy={y} r={size + 4} class="ring" />}
          </a>
        );
      })}
    </svg>
  );
}

