// The explorer's frame: navigation, the chain's state at the top, and the page
// that the address names.

import "./style.css";
import { render, type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ago, count } from "./format.ts";
import { hasRoute, start, useChain } from "./store.ts";
import { trust } from "./checks.ts";
import { apply, toggle, useTheme } from "./ui/theme.ts";
import { Shield, Skeleton, Without } from "./ui/parts.tsx";
import { Overview } from "./pages/overview.tsx";
import { BlockPage, Blocks, TxPage } from "./pages/blocks.tsx";
import { PoolPage, Pools } from "./pages/pools.tsx";
import { Producers } from "./pages/producers.tsx";
import { Reputation } from "./pages/reputation.tsx";
import { Forum, PostPage } from "./pages/forum.tsx";
import { ProposalPage, Proposals } from "./pages/proposals.tsx";
import { CasePage, Court } from "./pages/court.tsx";
import { Dcert } from "./pages/dcert.tsx";
import { ReleasePage, Releases } from "./pages/releases.tsx";
import { Contributions } from "./pages/contributions.tsx";
import { Oracle, TaskPage } from "./pages/oracle.tsx";
import { Node } from "./pages/node.tsx";
import { Parameters } from "./pages/parameters.tsx";
import { AccountPage } from "./pages/account.tsx";
import { Verify } from "./pages/verify.tsx";
import { Run } from "./run/page.tsx";

interface Place {
  path: string;
  name: string;
  page: ComponentType<{ arg: string }>;
  detail?: [string, ComponentType<{ arg: string }>];
  route?: string; // that the node must have
}

const groups: [string, Place[]][] = [
  ["Chain", [
    { path: "", name: "Overview", page: Overview },
    { path: "blocks", name: "Blocks", page: Blocks, detail: ["block", BlockPage] },
    { path: "pools", name: "Pools", page: Pools, detail: ["pool", PoolPage], route: "pool" },
    { path: "producers", name: "Producers", page: Producers, route: "availability" },
    { path: "reputation", name: "Reputation", page: Reputation, route: "rep" },
  ]],
  ["Governance", [
    { path: "forum", name: "Forum", page: Forum, detail: ["post", PostPage], route: "forum" },
    { path: "proposals", name: "Proposals", page: Proposals, detail: ["proposal", ProposalPage], route: "legislature" },
    { path: "court", name: "Court", page: Court, detail: ["case", CasePage], route: "court" },
    { path: "dcert", name: "dCERT", page: Dcert, route: "dcert" },
    { path: "releases", name: "Releases", page: Releases, detail: ["release", ReleasePage], route: "release" },
    { path: "contributions", name: "Contributions", page: Contributions, route: "contribution" },
    { path: "oracle", name: "Watchtowers", page: Oracle, detail: ["task", TaskPage], route: "oracle" },
    { path: "parameters", name: "Parameters", page: Parameters, route: "params" },
  ]],
  ["Tools", [
    { path: "verify", name: "Verify", page: Verify },
    { path: "run", name: "Simulator run", page: Run },
    { path: "node", name: "Node and peers", page: Node },
  ]],
];

const hidden: Place[] = [
  { path: "tx", name: "Transaction", page: TxPage },
  { path: "account", name: "Account", page: AccountPage },
];

interface At {
  place: Place;
  page: ComponentType<{ arg: string }>;
  arg: string;
}

function locate(): At {
  const [, path = "", arg = ""] = location.hash.split("/");
  for (const p of [...groups.flatMap(([, list]) => list), ...hidden]) {
    if (p.path === path) return { place: p, page: p.page, arg: decodeURIComponent(arg) };
    if (p.detail?.[0] === path) return { place: p, page: p.detail[1], arg: decodeURIComponent(arg) };
  }
  return { place: groups[0][1][0], page: Overview, arg: "" };
}

function App() {
  const [at, go] = useState(locate);
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const c = useChain();
  useEffect(() => {
    const f = () => {
      go(locate());
      setOpen(false);
      scrollTo(0, 0);
      requestAnimationFrame(() => main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true }));
    };
    addEventListener("hashchange", f);
    return () => removeEventListener("hashchange", f);
  }, []);
  useEffect(() => {
    const f = (e: KeyboardEvent) => {
      if (e.key === "/" && !/input|select|textarea/i.test((e.target as HTMLElement).tagName)) {
        e.preventDefault();
        document.getElementById("find")?.focus();
      }
      if (e.key === "Escape") setOpen(false);
    };
    addEventListener("keydown", f);
    return () => removeEventListener("keydown", f);
  }, []);
  const offline = at.place.path === "run";
  const missing = c.started && at.place.route && !hasRoute(at.place.route);
  const Shown = at.page;
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); main.current?.focus(); }}>To the content</a>
      <Top open={open} menu={() => setOpen(!open)} />
      <div class="frame">
        <nav class={`side ${open ? "open" : ""}`} aria-label="Pages" id="side">
          {groups.map(([name, list]) => (
            <div key={name}>
              <h2>{name}</h2>
              <ul>
                {list.map((p) => (
                  <li key={p.path}>
                    <a href={`#/${p.path}`} aria-current={p === at.place ? "page" : undefined} class={c.started && p.route && !hasRoute(p.route) ? "absent" : ""}>{p.name}</a>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <main id="main" ref={main} tabIndex={-1}>
          {c.failed && !offline && <div class="trouble" role="alert"><strong>{c.failed}</strong><span>Trying again…</span></div>}
          {!c.started && !offline ? <Skeleton /> : missing
            ? <div class="page"><div class="page-head"><div><h1 tabIndex={-1}>{at.place.name}</h1></div></div><Without route={at.place.route!} /></div>
            : <Shown key={at.place.path + at.arg} arg={at.arg} />}
        </main>
      </div>
    </>
  );
}

function Top(props: { open: boolean; menu: () => void }) {
  const c = useChain();
  const { dark } = useTheme();
  const s = c.status;
  const checked = c.checks.size ? Math.max(...c.checks.keys()) : 0;
  return (
    <header class="top">
      <button class="icon menu" aria-label="Menu" aria-expanded={props.open} aria-controls="side" onClick={props.menu}>
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 5h14M3 10h14M3 15h14" stroke="currentColor" stroke-width="1.800" stroke-linecap="round" /></svg>
      </button>
      <a class="brand" href="#/">
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" fill="var(--accent)" /><path d="M9 24V8h8.200a5.400 5.400 0 0 1 0 10.800H12.600" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" /><circle cx="23" cy="23.500" r="2.500" fill="#5ff9a2" /></svg>
        <span>Probity<small>{s?.chain ?? "explorer"}</small></span>
      </a>
      <Find />
      <div class="pulse">
        <span class={`lamp ${c.up ? "up" : ""}`} aria-hidden="true" />
        <span class="hidden">{c.up ? "Connected" : "Not connected"}</span>
        {s && <a href={`#/block/${c.tip}`} title="The last final block"><b>{count(c.tip)}</b></a>}
        {s && <span class="when">epoch {count(s.epoch)}{c.up ? "" : `, last block ${ago(s.time)}`}</span>}
        {checked > 0 && (
          <a class="mark" href={`#/block/${checked}`} title={`Finality of block ${checked} was checked in this page${trust.genesis ? ", rosters followed from the genesis block" : ""}`}>
            <Shield ok={c.checks.get(checked)} /><span>{c.checks.get(checked) ? "checked here" : "refused"}</span>
          </a>
        )}
      </div>
      <button class="icon" onClick={toggle} aria-label={dark ? "Light colours" : "Dark colours"} title={dark ? "Light colours" : "Dark colours"}>
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
          {dark
            ? <g stroke="currentColor" stroke-width="1.600" stroke-linecap="round" fill="none"><circle cx="9" cy="9" r="3.200" /><path d="M9 1.500v1.700M9 14.800v1.700M1.500 9h1.700M14.800 9h1.700M3.700 3.700l1.200 1.200M13.100 13.100l1.200 1.200M3.700 14.300l1.200-1.200M13.100 4.900l1.200-1.200" /></g>
            : <path d="M15.500 11.200A6.800 6.800 0 0 1 6.800 2.500a6.800 6.800 0 1 0 8.700 8.700z" fill="none" stroke="currentColor" stroke-width="1.600" stroke-linejoin="round" />}
        </svg>
      </button>
    </header>
  );
}

function Find() {
  const [bad, setBad] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const submit = (e: Event) => {
    e.preventDefault();
    const t = input.current!.value.trim().replace(/^\/|,/g, "");
    const to = /^\d+$/.test(t) ? `block/${t}` : /^prb1/.test(t) ? `account/${t}` : /^0x[0-9a-f]{64}$/i.test(t) ? `tx/${t.toLowerCase()}` : "";
    setBad(to === "");
    if (to) {
      location.hash = `#/${to}`;
      input.current!.value = "";
    }
  };
  return (
    <form class="find" role="search" onSubmit={submit}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.500" fill="none" stroke="currentColor" stroke-width="1.500" /><path d="M10.500 10.500 14 14" stroke="currentColor" stroke-width="1.500" stroke-linecap="round" /></svg>
      <input id="find" ref={input} aria-label="Find a block, account or transaction" aria-invalid={bad} placeholder="Height, hash or account" spellcheck={false} autocomplete="off" onInput={() => setBad(false)} />
      <kbd aria-hidden="true">/</kbd>
      {bad && <span class="bad" role="alert">No height, hash or account.</span>}
    </form>
  );
}

apply();
document.getElementById("app")!.replaceChildren();
render(<App />, document.getElementById("app")!);
void start();
