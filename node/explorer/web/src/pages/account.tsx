// An account: what it has, what of it is bound, and a proof of both.

import { useEffect, useState } from "preact/hooks";
import { checkState } from "../checks.ts";
import { fromHex, Reader } from "../check/bytes.ts";
import { stateKeys, type Verdict } from "../check/law.ts";
import { coins, count, words } from "../format.ts";
import { has } from "../store.ts";
import { Block, Card, Checked, Coins, Empty, Facts, Page, Pill, Show, Table, Tile, useRead } from "../ui/parts.tsx";

interface Balance { balance: string; nonce: number }
interface Rep { wrep: string; grep: string; salary: string; locked: string; exposed: string; standing: { slot: string; amount: string; until: number }[]; stakes: { book: string; ref: string; amount: string }[] }
interface Duty { seat: { weight: string } | null; member: string; contract: { weight: string } | null; next: { weight: string } | null; misses: number; jailed: boolean; convicted: number }

export function AccountPage(props: { arg: string }) {
  const address = props.arg;
  const bank = useRead<Balance>("bank_balance", { address }, "block");
  const rep = useRead<Rep>("rep_get", { address }, "block");
  const duty = useRead<Duty>("availability_get", { address }, "block");
  const posts = useRead<{ posts: { post: string; number: number; height: number; wrep: string; grep: string }[] }>(has("forum_authored") ? "forum_authored" : null, { address, limit: 50 }, 5000);
  return (
    <Page title="Account" lead={<span class="mono">{address}</span>}>
      <Show of={bank}>
        {(b) => (
          <div class="tiles">
            <Tile name="Balance" value={<Coins of={b.balance} unit="$" />} note={`nonce ${count(b.nonce)}`} />
            {rep.value && <Tile name="Work reputation" value={<Coins of={rep.value.wrep} />} note={`${coins(rep.value.locked)} locked, ${coins(rep.value.exposed)} at stake`} />}
            {rep.value && <Tile name="Governance reputation" value={<Coins of={rep.value.grep} />} />}
            {rep.value && <Tile name="Salary waiting" value={<Coins of={rep.value.salary} unit="$" />} />}
          </div>
        )}
      </Show>
      <Proofs address={address} />
      <div class="two">
        <Card title="Duties" note={duty.value?.convicted ? <Pill of="convicted" /> : duty.value?.jailed ? <Pill of="jailed" /> : null}>
          {duty.value && <Facts rows={[
            ["Sits on the bench", duty.value.seat ? `yes, with weight ${count(duty.value.seat.weight)}` : "no"],
            ["Weight in the running roster", count(duty.value.member)],
            ["Contract of this epoch", duty.value.contract ? `weight ${count(duty.value.contract.weight)}` : "none"],
            ["Contract of the next", duty.value.next ? `weight ${count(duty.value.next.weight)}` : "none"],
            ["Misses in a row", count(duty.value.misses)],
            ["Convicted", duty.value.convicted ? <Block height={duty.value.convicted} /> : "never"],
          ]} />}
        </Card>
        <Card title="Bound reputation">
          {rep.value && rep.value.standing.length + rep.value.stakes.length > 0 ? (
            <>
              <Table rows={rep.value.standing} caption="Locks" columns={[
                { head: "Lock", cell: (l) => l.slot },
                { head: "Amount", num: true, cell: (l) => <Coins of={l.amount} /> },
                { head: "Until height", num: true, cell: (l) => (l.until > 9e15 ? "for now" : count(l.until)) },
              ]} />
              {rep.value.stakes.length > 0 && <Table rows={rep.value.stakes.slice(0, 100)} caption="Stakes" columns={[
                { head: "At stake for", cell: (s) => <span class="mono">{s.ref.slice(0, 14)}…</span> },
                { head: "Book", cell: (s) => words(s.book) },
                { head: "Amount", num: true, cell: (s) => <Coins of={s.amount} /> },
              ]} />}
            </>
          ) : <Empty>Nothing of it is bound.</Empty>}
        </Card>
      </div>
      {posts.value && posts.value.posts.length > 0 && (
        <Card title="Posts" note={count(posts.value.posts.length)}>
          <Table rows={posts.value.posts} caption="Posts" id={(p) => p.post} columns={[
            { head: "Post", cell: (p) => <a href={`#/post/${p.post}`}>{p.number}</a> },
            { head: "Block", num: true, cell: (p) => <Block height={p.height} /> },
            { head: "wREP", num: true, cell: (p) => <Coins of={p.wrep} /> },
            { head: "gREP", num: true, cell: (p) => <Coins of={p.grep} /> },
          ]} />
        </Card>
      )}
    </Page>
  );
}

/** Balance and reputation, proven against a final block. */
function Proofs(props: { address: string }) {
  const [state, set] = useState<{ verdict: Verdict; text: string } | null>(null);
  useEffect(() => {
    let current = true;
    (async () => {
      const bank = await checkState(stateKeys.account(props.address), "latest");
      const rep = await checkState(stateKeys.holder(1, props.address), bank.at.height);
      const read = (value: string, of: (r: Reader) => bigint) => (value.length > 2 ? of(new Reader(fromHex(value))) : 0n);
      const money = read(bank.proven.value, (r) => (r.uvarint(), r.short()));
      const holds = read(rep.proven.value, (r) => r.short());
      const steps = [...bank.verdict.steps.slice(0, -1), ...rep.verdict.steps];
      if (current) set({ verdict: { ok: bank.verdict.ok && rep.verdict.ok, steps }, text: `at height ${count(bank.at.height)}: ${coins(money)} $ and ${coins(holds)} wREP` });
    })().catch((e: Error) => current && set({ verdict: { ok: false, steps: [{ ok: false, text: e.message }] }, text: "balance and reputation" }));
    return () => {
      current = false;
    };
  }, [props.address]);
  return <Checked verdict={state?.verdict ?? null} about={state?.text ?? "balance and reputation"} />;
}
