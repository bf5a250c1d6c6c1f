// The timeline of a run: a lane for each member, a scrubber over the whole, and
// the state of everybody at the cursor.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { count, span } from "../format.ts";
import { Card, Dot, Pill, Table, useWidth } from "../ui/parts.tsx";
import { useTheme } from "../ui/theme.ts";
import { after, type Happened, type Recorded, type Span } from "./format.ts";

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const laneTall = 44;
const gutter = 92;
const head = 26;

/** Kinds of votes: their colour, and the row within the lane. */
const votes: Record<string, { colour: string; row: number; name: string }> = {
  propose: { colour: "--c0", row: 0, name: "Propose" },
  notarize: { colour: "--c5", row: 1, name: "Notarize" },
  nullify: { colour: "--c1", row: 2, name: "Nullify" },
  finalize: { colour: "--c2", row: 3, name: "Finalize" },
  reject: { colour: "--bad", row: 2, name: "Reject" },
};
const troubles: Record<Span["kind"], string> = { partition: "Partition", down: "Down", link: "Bad link", clock: "Clock", disk: "Disk" };

interface Window { from: number; to: number }

export function Timeline(props: { run: Recorded }) {
  const { run } = props;
  const [at, setAt] = useState(0);
  const [win, setWin] = useState<Window>({ from: 0, to: Math.min(run.lengthMs, Math.max(2000, run.lengthMs / 8)) });
  const [playing, play] = useState(false);
  const [speed, setSpeed] = useState(0.25);
  const state = useRef({ at, win });
  state.current = { at, win };

  const move = (t: number) => {
    const next = Math.max(0, Math.min(run.lengthMs, t));
    setAt(next);
    const w = state.current.win;
    const wide = w.to - w.from;
    if (next < w.from || next > w.to - wide * 0.1) {
      const from = Math.max(0, Math.min(run.lengthMs - wide, next - wide * 0.25));
      setWin({ from, to: from + wide });
    }
  };
  const zoom = (by: number) => {
    const w = state.current.win;
    const wide = Math.max(40, Math.min(run.lengthMs, (w.to - w.from) * by));
    const from = Math.max(0, Math.min(run.lengthMs - wide, at - wide / 2));
    setWin({ from, to: from + wide });
  };
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function tick(now) {
      const t = state.current.at + (now - last) * speed;
      last = now;
      move(t);
      if (t >= run.lengthMs) play(false);
      else frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, speed]);
  const jump = (by: number, kind?: string) => {
    const list = kind ? run.events.filter((e) => e.k === kind) : run.events;
    const i = by > 0 ? after(list, at) : after(list, at - 0.5) - 1;
    if (list[i]) move(list[i].t);
  };
  const key = (e: KeyboardEvent) => {
    const acts: Record<string, () => void> = {
      ArrowRight: () => jump(1), ArrowLeft: () => jump(-1), " ": () => play(!playing), Home: () => move(0), End: () => move(run.lengthMs),
      "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1.6), f: () => jump(1, "final"), v: () => jump(1, "violation"),
    };
    if (acts[e.key]) {
      e.preventDefault();
      acts[e.key]();
    }
  };
  return (
    <>
      <Card title="Timeline" note={<ul class="keys row">{Object.entries(votes).map(([k, v]) => <li key={k}><span class="dot" style={{ background: `var(${v.colour})` }} />{v.name}</li>)}<li><span class="tick" />Final</li><li><span class="dot" style={{ background: "var(--c6)" }} />Adversary</li><li><span class="dot" style={{ background: "var(--c4)" }} />Fault</li></ul>}>
        <div class="controls">
          <button onClick={() => play(!playing)} aria-pressed={playing}>{playing ? "Pause" : "Play"}</button>
          <label>Speed <select value={String(speed)} onChange={(e) => setSpeed(Number(e.currentTarget.value))}>{[0.05, 0.25, 1, 4].map((s) => <option key={s} value={s}>{s}×</option>)}</select></label>
          <button onClick={() => jump(-1)} aria-label="Event before">‹</button>
          <button onClick={() => jump(1)} aria-label="Event after">›</button>
          <button onClick={() => zoom(0.6)} aria-label="Larger">+</button>
          <button onClick={() => zoom(1.6)} aria-label="Smaller">−</button>
          <output data-at={Math.round(at)}>{span(at)}</output>
        </div>
        <Scrubber run={run} at={at} win={win} move={move} />
        <Lanes run={run} at={at} win={win} move={move} setWin={setWin} onKey={key} />
      </Card>
      <div class="two">
        <Standing run={run} at={at} />
        <Near run={run} at={at} move={move} />
      </div>
    </>
  );
}

/** The whole run on one line: what became final, trouble, and the window. */
function Scrubber(props: { run: Recorded; at: number; win: Window; move: (t: number) => void }) {
  const { run } = props;
  const bars = useMemo(() => {
    const n = 160;
    const out = new Array<number>(n).fill(0);
    for (const e of run.events) if (e.k === "final") out[Math.min(n - 1, Math.floor((e.t / run.lengthMs) * n))]++;
    const most = Math.max(1, ...out);
    return out.map((v) => v / most);
  }, [run]);
  const x = (t: number) => (100 * t) / run.lengthMs;
  return (
    <div class="scrub">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        {run.calmMs > 0 && <rect x={x(run.calmMs)} width={100 - x(run.calmMs)} y="0" height="10" class="calm" />}
        {run.spans.map((s, i) => <rect key={i} x={x(s.from)} width={Math.max(0.15, x(s.to - s.from))} y={s.kind === "partition" ? 0 : 8.4} height={s.kind === "partition" ? 10 : 1.6} class={`trouble-${s.kind}`} />)}
        {bars.map((b, i) => b > 0 && <rect key={`b${i}`} x={(i * 100) / bars.length} width={(100 / bars.length) * 0.8} y={9 - 7 * b} height={7 * b} class="bar" />)}
        {run.events.filter((e) => e.k === "violation").map((e, i) => <rect key={`v${i}`} x={x(e.t)} width="0.4" y="0" height="10" class="violation" />)}
        <rect x={x(props.win.from)} width={x(props.win.to - props.win.from)} y="0.1" height="9.8" class="window" />
      </svg>
      <input type="range" min={0} max={run.lengthMs} step={1} value={props.at} aria-label="Time of the run" aria-valuetext={span(props.at)} onInput={(e) => props.move(Number(e.currentTarget.value))} />
    </div>
  );
}

function Lanes(props: { run: Recorded; at: number; win: Window; move: (t: number) => void; setWin: (w: Window) => void; onKey: (e: KeyboardEvent) => void }) {
  const { run, at, win } = props;
  const [box, width] = useWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { dark } = useTheme();
  const tall = head + run.members.length * laneTall + 8;
  const room = Math.max(1, width - gutter);
  const x = (t: number) => gutter + ((t - win.from) / (win.to - win.from)) * room;
  const time = (px: number) => win.from + ((px - gutter) / room) * (win.to - win.from);

  useEffect(() => {
    const c = canvas.current;
    if (!c || width === 0) return;
    const ratio = devicePixelRatio || 1;
    c.width = width * ratio;
    c.height = tall * ratio;
    const g = c.getContext("2d")!;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, tall);
    g.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    lanes(g);
    spans(g);
    marks(g);
    g.strokeStyle = css("--ink");
    g.lineWidth = 1.5;
    g.beginPath();
    g.moveTo(x(at), 0);
    g.lineTo(x(at), tall);
    g.stroke();
    g.fillStyle = css("--paper");
    g.fillRect(0, 0, gutter - 4, tall);
    names(g);
  }, [run, at, win, width, dark]);

  function lanes(g: CanvasRenderingContext2D): void {
    const step = nice((win.to - win.from) / Math.max(2, room / 110));
    g.textAlign = "center";
    for (let t = Math.ceil(win.from / step) * step; t <= win.to; t += step) {
      g.strokeStyle = css("--grid");
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(x(t), head - 6);
      g.lineTo(x(t), tall);
      g.stroke();
      g.fillStyle = css("--soft");
      g.fillText(step >= 1000 ? `${t / 1000} s` : `${Math.round(t)} ms`, x(t), 14);
    }
    for (let i = 0; i <= run.members.length; i++) {
      g.strokeStyle = css("--rule");
      g.beginPath();
      g.moveTo(gutter, head + i * laneTall + 0.5);
      g.lineTo(width, head + i * laneTall + 0.5);
      g.stroke();
    }
  }

  function spans(g: CanvasRenderingContext2D): void {
    for (const s of run.spans) {
      if (s.to < win.from || s.from > win.to) continue;
      const [a, b] = [Math.max(gutter, x(s.from)), Math.min(width, x(s.to))];
      const wide = Math.max(2, b - a);
      if (s.kind === "partition") {
        (s.groups ?? []).forEach((group, k) => group.forEach((n) => {
          g.globalAlpha = 0.16;
          g.fillStyle = css(`--c${(k + 1) % 8}`);
          g.fillRect(a, head + n * laneTall + 1, wide, laneTall - 1);
          g.globalAlpha = 1;
          g.fillRect(a, head + n * laneTall + 1, wide, 3);
        }));
        continue;
      }
      for (const n of s.nodes ?? run.members.map((_, i) => i)) {
        const y = head + n * laneTall;
        if (s.kind === "down") {
          g.fillStyle = css("--faint");
          g.globalAlpha = 0.45;
          g.fillRect(a, y + 1, wide, laneTall - 1);
          g.globalAlpha = 1;
          if (wide > 40) {
            g.fillStyle = css("--ink");
            g.textAlign = "left";
            g.fillText(s.text ?? "down", a + 6, y + laneTall / 2 + 4);
          }
        } else {
          g.fillStyle = css(s.kind === "link" ? "--c4" : s.kind === "clock" ? "--c3" : "--c6");
          g.fillRect(a, y + laneTall - 4, wide, 3);
        }
      }
    }
  }

  function marks(g: CanvasRenderingContext2D): void {
    const from = Math.max(0, after(run.events, win.from) - 1);
    const to = after(run.events, win.to);
    const near = ((win.to - win.from) / room) * 4;
    const last = new Map<string, number>(); // thins out what would be drawn on one place
    for (let i = from; i < to; i++) {
      const e = run.events[i];
      const y = head + e.n * laneTall;
      const px = x(e.t);
      if (px < gutter) continue;
      if (e.k === "vote") {
        const v = votes[e.s ?? ""];
        if (!v) continue;
        const place = `${e.n}.${e.s}`;
        if (e.t - (last.get(place) ?? -1e9) < near / 4) continue;
        last.set(place, e.t);
        g.fillStyle = css(v.colour);
        g.beginPath();
        g.arc(px, y + 9 + v.row * 8, 3, 0, 2 * Math.PI);
        g.fill();
      } else if (e.k === "final") {
        g.fillStyle = css("--good");
        g.fillRect(px - 1, y + 4, 2, laneTall - 8);
        if (near < 60 && e.t - (last.get(`f${e.n}`) ?? -1e9) > near * 10) {
          last.set(`f${e.n}`, e.t);
          g.fillStyle = css("--soft");
          g.textAlign = "left";
          g.fillText(String(e.h), px + 4, y + laneTall - 5);
        }
      } else {
        g.fillStyle = css(e.k === "violation" ? "--bad" : e.k === "evidence" ? "--c3" : e.k === "fault" ? "--c4" : "--c6");
        g.beginPath();
        g.moveTo(px, y + 4);
        g.lineTo(px + 6, y + 15);
        g.lineTo(px - 6, y + 15);
        g.fill();
      }
    }
  }

  function names(g: CanvasRenderingContext2D): void {
    g.textAlign = "left";
    run.members.forEach((m, i) => {
      const y = head + i * laneTall;
      g.fillStyle = css(m.owned ? "--bad" : `--c${i % 8}`);
      g.fillRect(0, y + 8, 4, laneTall - 16);
      g.fillStyle = css("--ink");
      g.fillText(`member ${i}`, 12, y + laneTall / 2);
      g.fillStyle = css("--soft");
      g.fillText(m.owned ? "adversary" : count(m.weight), 12, y + laneTall / 2 + 15);
    });
  }

  const drag = useRef<{ x: number; win: Window; moved: boolean } | null>(null);
  return (
    <div class="lanes" ref={box}>
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${tall}px` }} tabIndex={0} role="application" data-members={run.members.length}
        aria-label={`${run.members.length} lanes from ${span(win.from)} to ${span(win.to)}. Arrow keys go from event to event, space plays, plus and minus zoom, f goes to the next final block.`}
        onKeyDown={props.onKey}
        onPointerDown={(e) => {
          drag.current = { x: e.clientX, win, moved: false };
          e.currentTarget.setPointerCapture(e.pointerId);
        }}
        onPointerMove={(e) => {
          const d = drag.current;
          if (!d || Math.abs(e.clientX - d.x) < 4) return;
          d.moved = true;
          const wide = d.win.to - d.win.from;
          const from = Math.max(0, Math.min(run.lengthMs - wide, d.win.from - ((e.clientX - d.x) / room) * wide));
          props.setWin({ from, to: from + wide });
        }}
        onPointerUp={(e) => {
          if (!drag.current?.moved) props.move(time(e.clientX - e.currentTarget.getBoundingClientRect().left));
          drag.current = null;
        }} />
    </div>
  );
}

function nice(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, raw)));
  return [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw)!;
}

/** Everybody at the cursor. */
function Standing(props: { run: Recorded; at: number }) {
  const { run, at } = props;
  const upto = after(run.events, at);
  const rows = useMemo(() => run.members.map((m, n) => {
    let [height, view, epoch, said] = [0, 0, 0, ""];
    for (let i = upto - 1; i >= 0 && (height === 0 || said === ""); i--) {
      const e = run.events[i];
      if (e.n !== n) continue;
      if (e.k === "final" && height === 0) height = e.h ?? 0;
      if (e.k === "vote" && said === "") [said, view, epoch] = [e.s ?? "", e.v ?? 0, e.e ?? 0];
    }
    return { n, m, height, view, epoch, said };
  }), [run, upto]);
  const now = run.spans.filter((s) => s.from <= at && at < s.to);
  const group = (n: number) => now.find((s) => s.kind === "partition")?.groups?.findIndex((g) => g.includes(n)) ?? -1;
  const down = (n: number) => now.find((s) => s.kind === "down" && s.nodes?.includes(n));
  return (
    <Card title="At the cursor" note={now.length ? now.map((s) => troubles[s.kind]).filter((s, i, a) => a.indexOf(s) === i).join(", ") : at >= run.calmMs && run.calmMs ? "calm" : "no trouble"}>
      <Table rows={rows} caption="Members at the cursor" id={(r) => r.n} columns={[
        { head: "Member", cell: (r) => <><Dot of={`member${r.n}`} />{r.n}{r.m.owned && <> <Pill of="adversary" tone="bad" /></>}</> },
        { head: "Is", cell: (r) => (down(r.n) ? <Pill of={down(r.n)!.text ?? "down"} tone="bad" /> : group(r.n) >= 0 ? <Pill of={`part ${group(r.n) + 1}`} /> : <Pill of="up" tone="good" />) },
        { head: "Final height", num: true, cell: (r) => count(r.height) },
        { head: "View", num: true, cell: (r) => `${r.epoch}/${r.view}` },
        { head: "Said last", cell: (r) => r.said || "–" },
      ]} />
    </Card>
  );
}

/** The events around the cursor, in words. */
function Near(props: { run: Recorded; at: number; move: (t: number) => void }) {
  const [only, set] = useState("all");
  const list = useMemo(() => (only === "all" ? props.run.events : props.run.events.filter((e) => (only === "trouble" ? !["vote", "final"].includes(e.k) : e.k === only))), [props.run, only]);
  const i = after(list, props.at);
  const shown = list.slice(Math.max(0, i - 6), i + 6);
  const say = (e: Happened) => (e.k === "vote" ? `${e.s} view ${e.e ?? 0}/${e.v} ${e.d ?? ""}` : e.k === "final" ? `block ${e.h} is final ${e.d ?? ""}` : `${e.k}: ${e.x ?? ""}`);
  return (
    <Card title="Around the cursor" note={<label>Show <select value={only} onChange={(e) => set(e.currentTarget.value)}><option value="all">everything</option><option value="vote">votes</option><option value="final">final blocks</option><option value="trouble">adversary, faults, oracles</option></select></label>}>
      <Table rows={shown} caption="Events around the cursor" columns={[
        { head: "Time", num: true, cell: (e) => <button class="link" onClick={() => props.move(e.t)} aria-current={e.t === props.at}>{e.t.toLocaleString("en")} ms</button> },
        { head: "Member", num: true, cell: (e) => e.n },
        { head: "Event", cell: (e) => <span class={e.k === "violation" ? "bad" : ""}>{say(e)}</span> },
      ]} />
    </Card>
  );
}
