// What this page can check, tried out: finality, values of the state, and the
// way of the rosters from the genesis block.

import { useEffect, useState } from "preact/hooks";
import { check, checkState, follow, trust } from "../checks.ts";
import { fromHex, Reader } from "../check/bytes.ts";
import { stateKeys, type Verdict } from "../check/law.ts";
import { coins, count } from "../format.ts";
import { useChain } from "../store.ts";
import { Block, Card, Checked, Empty, Facts, Hash, Page } from "../ui/parts.tsx";

type What = "account" | "wrep" | "grep" | "parameter" | "key";

const whats: [What, string, string][] = [
  ["account", "Balance of an account", "prb1…"],
  ["wrep", "Work reputation of an account", "prb1…"],
  ["grep", "Governance reputation of an account", "prb1…"],
  ["parameter", "A parameter", "block.interval"],
  ["key", "A raw key of the state", "0x0002…"],
];

function keyOf(what: What, text: string): string {
  switch (what) {
    case "account":
      return stateKeys.account(text);
    case "wrep":
      return stateKeys.holder(1, text);
    case "grep":
      return stateKeys.holder(2, text);
    case "parameter":
      return stateKeys.parameter(text);
    case "key":
      fromHex(text);
      return text;
  }
}

function meaning(what: What, exists: boolean, value: string): string {
  if (!exists) return what === "key" ? "absent" : what === "parameter" ? "at its default" : "zero";
  const r = new Reader(fromHex(value));
  switch (what) {
    case "account": {
      const nonce = r.uvarint();
      return `${coins(r.short())} $, nonce ${count(nonce)}`;
    }
    case "wrep":
      return `${coins(r.short())} wREP`;
    case "grep":
      return `${coins(r.short())} gREP`;
    case "parameter":
      return count(r.integer());
    case "key":
      return value;
  }
}

export function Verify(props: { arg: string }) {
  const c = useChain();
  const given = props.arg.startsWith("parameter:") ? props.arg.slice(10) : "";
  const [what, setWhat] = useState<What>(given ? "parameter" : "account");
  const [text, setText] = useState(given);
  const [result, set] = useState<{ verdict: Verdict; about: string } | null | "busy">(null);
  const [bad, setBad] = useState("");
  const run = async (tamper: boolean) => {
    setBad("");
    try {
      const key = keyOf(what, text.trim());
      set("busy");
      const r = await checkState(key, "latest", tamper);
      let value = r.proven.value;
      try {
        value = meaning(what, r.proven.exists, r.proven.value);
      } catch {
        // A changed value need not have a form.
      }
      set({ verdict: r.verdict, about: `${value}, in block ${count(r.at.height)}` });
    } catch (e) {
      set(null);
      setBad((e as Error).message);
    }
  };
  return (
    <Page title="Verify" lead="Signatures and hashes are computed in this page, in a thread of its own. The node is only asked for what is to be judged.">
      <Card title="A value of the state">
        <form class="verify" onSubmit={(e) => { e.preventDefault(); void run(false); }}>
          <label>What <select value={what} onChange={(e) => { setWhat(e.currentTarget.value as What); set(null); }}>{whats.map(([k, n]) => <option key={k} value={k}>{n}</option>)}</select></label>
          <label class="grow">Which <input id="which" value={text} spellcheck={false} placeholder={whats.find(([k]) => k === what)![2]} onInput={(e) => setText(e.currentTarget.value)} /></label>
          <button class="primary" type="submit">Check</button>
          <button type="button" onClick={() => void run(true)} title="Changes one bit of the node's answer before it is checked">Tamper, then check</button>
        </form>
        {bad && <p class="trouble" role="alert">{bad}</p>}
        {result === "busy" ? <Checked verdict={null} about="the proof" /> : result ? <Checked verdict={result.verdict} about={result.about} /> : <Empty>A proof leads from the value to the state root of a final block, and its certificate to the roster's signatures.</Empty>}
      </Card>
      <Finality tip={c.tip} />
      <Trust />
    </Page>
  );
}

function Finality(props: { tip: number }) {
  const [want, setWant] = useState("");
  const [result, set] = useState<{ verdict: Verdict | null; height: string } | null>(null);
  const run = async (e: Event) => {
    e.preventDefault();
    const at = want.trim() || String(props.tip);
    set({ verdict: null, height: at });
    try {
      const r = await check(/^\d+$/.test(at) ? Number(at) : at);
      set({ verdict: r?.verdict ?? { ok: false, steps: [{ ok: false, text: "The node has no such final block." }] }, height: at });
    } catch (err) {
      set({ verdict: { ok: false, steps: [{ ok: false, text: (err as Error).message }] }, height: at });
    }
  };
  return (
    <Card title="A block's finality">
      <form class="verify" onSubmit={run}>
        <label class="grow">Height or hash <input value={want} spellcheck={false} placeholder={String(props.tip)} onInput={(e) => setWant(e.currentTarget.value)} /></label>
        <button class="primary" type="submit">Check</button>
      </form>
      {result && <Checked verdict={result.verdict} about={`block ${result.height} is final`} />}
    </Card>
  );
}

function Trust() {
  const c = useChain();
  const [progress, set] = useState<{ epoch: number; of: number } | null>(null);
  const [wrong, setWrong] = useState("");
  const [, again] = useState(0);
  useEffect(() => again((n) => n + 1), [c.lastCheck]);
  const run = async () => {
    setWrong("");
    set({ epoch: 0, of: c.status?.epoch ?? 0 });
    try {
      setWrong(await follow((epoch, of) => set({ epoch, of })));
    } catch (e) {
      setWrong((e as Error).message);
    }
    set(null);
  };
  return (
    <Card title="What the checks rest on">
      <p class="lead">
        {trust.genesis
          ? "The rosters were followed from the genesis block to the present: each was named by a block that the one before had signed. Compare the hash of the genesis block with that of another source."
          : trust.from === null ? "Nothing has been checked yet."
            : `The roster of epoch ${count(trust.from)} was taken as the node told it. From there each checked block names the next roster.`}
      </p>
      <Facts rows={[
        ["Genesis block", trust.genesis ? <Hash of={trust.genesis} full /> : "not followed yet"],
        ["Chain's genesis", <Hash of={c.status?.genesis ?? ""} full />],
        ["Rosters known", count(trust.rosters.size)],
        ["Last block checked", c.checks.size ? <Block height={Math.max(...c.checks.keys())} /> : "none"],
      ]} />
      {wrong && <p class="trouble" role="alert">{wrong}</p>}
      {progress ? <p role="status">Following the rosters: epoch {count(progress.epoch)} of {count(progress.of)}… <progress max={Math.max(1, progress.of)} value={progress.epoch} /></p> : <button onClick={run} disabled={trust.genesis !== ""}>Follow the rosters from the genesis block</button>}
    </Card>
  );
}
