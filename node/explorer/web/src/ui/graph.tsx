// The reference graph on a canvas. Places are worked out once, in one pass over
// the posts: a column for each height at which something was published, and a row
// for each publisher. Ten thousand posts are placed in
// some milliseconds and drawn in one frame; only what is in view is drawn.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { brief } from "../format.ts";
import { useTheme } from "./theme.ts";
import { slot, useWidth } from "./parts.tsx";

export interface Node {
  post: string;
  number: number;
  height: number;
  publisher: string;
  wrep: string;
  grep: string;
  pool: number;
}

export interface Edge {
  from: string;
  to: string;
  ppm: number;
  wrep: string;
  grep: string;
}

export interface Placed {
  node: Node;
  x: number;
  y: number;
}

/** The distance of columns and rows before zooming. */
const column = 34;
const rowTall = 46;

/** Publishers that have a row of their own; later ones share these rows. */
const rowsMost = 24;

/** Places posts, which are in order of publication. */
export function place(nodes: Node[]): { list: Placed[]; byId: Map<string, Placed>; width: number; height: number; heights: { x: number; height: number }[]; rows: { y: number; who: string }[]; shared: boolean } {
  const byId = new Map<string, Placed>();
  const list: Placed[] = [];
  const heights: { x: number; height: number }[] = [];
  const rowOf = new Map<string, number>();
  const rows: { y: number; who: string }[] = [];
  const taken = new Map<number, number>(); // posts of a row in the present column
  let at = -1;
  let last = -1;
  for (const node of nodes) {
    if (node.height !== last) {
      last = node.height;
      at++;
      taken.clear();
      heights.push({ x: at * column, height: node.height });
    }
    let row = rowOf.get(node.publisher);
    if (row === undefined) {
      row = rowOf.size % rowsMost;
      rowOf.set(node.publisher, row);
      if (row === rows.length) rows.push({ y: row * rowTall, who: node.publisher });
    }
    const n = taken.get(row) ?? 0;
    taken.set(row, n + 1);
    const off = ((n + 1) >> 1) * 9 * (n % 2 ? 1 : -1);
    const p = { node, x: at * column, y: row * rowTall + off };
    byId.set(node.post, p);
    list.push(p);
  }
  return { list, byId, width: Math.max(1, at) * column, height: Math.max(1, rows.length - 1) * rowTall, heights, rows, shared: rowOf.size > rowsMost };
}

interface View { scale: number; x: number; y: number }

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const tall = 420;
const edgeRoom = 36;
const nameRoom = 96;

const value = (n: Node, book: "wrep" | "grep"): number => Number(BigInt(n[book]) / 1_000_000n) / 1000;

export function Drawing(props: { nodes: Node[]; edges: Edge[]; book: "wrep" | "grep"; picked: Node | null; pick: (n: Node | null) => void; incinerator: string }) {
  const [box, width] = useWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<View | null>(null);
  const { dark } = useTheme();
  const placed = useMemo(() => place(props.nodes), [props.nodes]);
  const most = useMemo(() => Math.max(1e-9, ...props.nodes.slice(-4000).map((n) => value(n, props.book))), [props.nodes, props.book]);
  const radius = (n: Node) => 4 + 9 * Math.sqrt(Math.min(1, value(n, props.book) / most));

  const whole = (): View => {
    // All of it where that can be read; else the newest, at a readable size.
    const room = width - nameRoom - edgeRoom;
    const fit = Math.min(room / placed.width, (tall - 2 * edgeRoom) / placed.height);
    const scale = Math.min(2.2, Math.max(0.3, fit));
    const x = fit < 0.3 ? width - edgeRoom - placed.width * scale : nameRoom + (room - placed.width * scale) / 2;
    return { scale, x, y: Math.max(edgeRoom, (tall - 18 - placed.height * scale) / 2) };
  };
  const v = view ?? (width > 0 ? whole() : null);

  useEffect(() => {
    const c = canvas.current;
    if (!c || !v || width === 0) return;
    const ratio = devicePixelRatio || 1;
    c.width = width * ratio;
    c.height = tall * ratio;
    const g = c.getContext("2d")!;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, tall);
    paint(g, v);
  });

  function paint(g: CanvasRenderingContext2D, v: View): void {
    const sx = (x: number) => x * v.scale + v.x;
    const sy = (y: number) => y * v.scale + v.y;
    const seen = (x: number) => x > -60 && x < width + 60;
    const [ink, soft, grid, up, down, none, accent] = ["--ink", "--soft", "--grid", "--good", "--bad", "--faint", "--accent"].map(css);
    g.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    g.textAlign = "center";
    let labelled = -1e9;
    for (const h of placed.heights) {
      const x = sx(h.x);
      if (!seen(x) || x - labelled < 74) continue;
      labelled = x;
      g.strokeStyle = grid;
      g.beginPath();
      g.moveTo(x, 0);
      g.lineTo(x, tall - 18);
      g.stroke();
      g.fillStyle = soft;
      g.fillText(h.height.toLocaleString("en"), x, tall - 5);
    }
    g.textAlign = "left";
    for (const r of placed.rows) {
      const y = sy(r.y);
      g.strokeStyle = grid;
      g.beginPath();
      g.moveTo(0, y);
      g.lineTo(width, y);
      g.stroke();
    }
    g.textAlign = "center";
    const chosen = props.picked?.post;
    for (const e of props.edges) {
      const from = placed.byId.get(e.from);
      if (!from) continue;
      const to = placed.byId.get(e.to);
      const [x1, y1] = [sx(from.x), sy(from.y)];
      const [x2, y2] = to ? [sx(to.x), sy(to.y)] : [x1 - 14, y1 + 14];
      if (!seen(x1) && !seen(x2) && (x1 < 0) === (x2 < 0)) continue;
      const mine = chosen !== undefined && (e.from === chosen || e.to === chosen);
      const flow = Number(BigInt(e[props.book]) / 1_000_000n) / 1000;
      g.strokeStyle = e.ppm > 0 ? up : e.ppm < 0 ? down : none;
      g.globalAlpha = mine ? 1 : chosen ? 0.18 : flow > 0 ? 0.6 : 0.34;
      g.lineWidth = (mine ? 1 : 0.4) + Math.min(5, 4 * Math.sqrt(flow / most) + 0.6) * Math.min(1, Math.max(0.4, v.scale));
      g.setLineDash(e.ppm === 0 ? [3, 3] : []);
      g.beginPath();
      g.moveTo(x1, y1);
      // Within a row a line that skips posts rises above them.
      const arch = to && Math.abs(y1 - y2) < 1 && x1 - x2 > column * v.scale * 1.5 ? Math.min(60, 10 + (x1 - x2) * 0.18) : 0;
      if (to) g.bezierCurveTo(x1 - (x1 - x2) * 0.4, y1 - arch, x2 + (x1 - x2) * 0.4, y2 - arch, x2, y2);
      else g.lineTo(x2, y2);
      g.stroke();
      if (!to && e.to === props.incinerator) {
        g.fillStyle = down;
        g.fillText("×", x2 - 3, y2 + 6);
      }
    }
    g.globalAlpha = 1;
    g.setLineDash([]);
    names(g, sy);
    const size = Math.max(0.28, Math.min(1.25, v.scale));
    for (const p of placed.list) {
      const [x, y] = [sx(p.x), sy(p.y)];
      if (!seen(x) || y < -20 || y > tall + 20) continue;
      const r = radius(p.node) * size;
      g.fillStyle = css(`--c${slot(p.node.publisher)}`);
      g.beginPath();
      g.arc(x, y, r, 0, 2 * Math.PI);
      g.fill();
      if (p.node.pool > 0 || p.node.post === chosen) {
        g.strokeStyle = p.node.post === chosen ? ink : accent;
        g.lineWidth = 2;
        g.beginPath();
        g.arc(x, y, r + 3, 0, 2 * Math.PI);
        g.stroke();
      }
      if (v.scale > 0.75 && r > 5) {
        g.fillStyle = soft;
        g.fillText(String(p.node.number), x, y - r - 4);
      }
    }
  }

  // The rows' names, at the left edge, where each has one and there is room.
  function names(g: CanvasRenderingContext2D, sy: (y: number) => number): void {
    if (placed.shared || (placed.rows.length > 1 && sy(placed.rows[1].y) - sy(placed.rows[0].y) < 13)) return;
    g.textAlign = "left";
    for (const r of placed.rows) {
      g.fillStyle = css("--back");
      g.fillRect(0, sy(r.y) - 8, 74, 16);
      g.fillStyle = css("--soft");
      g.fillText(brief(r.who, 7, 4), 8, sy(r.y) + 4);
    }
    g.textAlign = "center";
  }

  const zoom = (by: number, cx = width / 2, cy = tall / 2) => {
    if (!v) return;
    const scale = Math.max(0.01, Math.min(4, v.scale * by));
    setView({ scale, x: cx - ((cx - v.x) * scale) / v.scale, y: cy - ((cy - v.y) * scale) / v.scale });
  };
  const near = (e: MouseEvent): Node | null => {
    const r = canvas.current!.getBoundingClientRect();
    const [x, y] = [e.clientX - r.left, e.clientY - r.top];
    let best: Placed | null = null;
    let far = 14 ** 2;
    for (const p of placed.list) {
      const d = (p.x * v!.scale + v!.x - x) ** 2 + (p.y * v!.scale + v!.y - y) ** 2;
      if (d < far) [best, far] = [p, d];
    }
    return best?.node ?? null;
  };
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean } | null>(null);
  const wheel = useRef<(e: WheelEvent) => void>(() => undefined);
  wheel.current = (e) => {
    e.preventDefault();
    const r = canvas.current!.getBoundingClientRect();
    zoom(Math.exp(-e.deltaY / 400), e.clientX - r.left, e.clientY - r.top);
  };
  useEffect(() => {
    const c = canvas.current;
    const f = (e: WheelEvent) => (e.ctrlKey || document.activeElement === c) && wheel.current(e);
    c?.addEventListener("wheel", f, { passive: false });
    return () => c?.removeEventListener("wheel", f);
  }, [width > 0]);

  const step = (by: number) => {
    const list = placed.list;
    const i = props.picked ? list.findIndex((p) => p.node.post === props.picked!.post) : by > 0 ? -1 : list.length;
    const p = list[Math.max(0, Math.min(list.length - 1, i + by))];
    props.pick(p.node);
    if (!v) return;
    const x = p.x * v.scale + v.x;
    if (x < 20 || x > width - 20) setView({ ...v, x: width / 2 - p.x * v.scale });
  };
  const key = (e: KeyboardEvent) => {
    const acts: Record<string, () => void> = {
      ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => step(-placed.list.length), End: () => step(placed.list.length),
      "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), "0": () => setView(null),
      Enter: () => props.picked && (location.hash = `#/post/${props.picked.post}`), Escape: () => props.pick(null),
    };
    if (acts[e.key]) {
      e.preventDefault();
      acts[e.key]();
    }
  };
  return (
    <div class="graph" ref={box}>
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${tall}px` }} tabIndex={0} role="application" data-drawn={placed.list.length} data-dark={dark}
        aria-label={`Graph of ${props.nodes.length} posts and ${props.edges.length} references. Arrow keys go from post to post, plus and minus zoom.`}
        onKeyDown={key}
        onPointerDown={(e) => {
          if (v) drag.current = { x: e.clientX, y: e.clientY, view: v, moved: false };
          e.currentTarget.setPointerCapture(e.pointerId);
        }}
        onPointerMove={(e) => {
          const d = drag.current;
          if (d && (d.moved || Math.abs(e.clientX - d.x) + Math.abs(e.clientY - d.y) > 4)) {
            d.moved = true;
            setView({ ...d.view, x: d.view.x + e.clientX - d.x, y: d.view.y + e.clientY - d.y });
          } else if (!d && v) e.currentTarget.style.cursor = near(e) ? "pointer" : "grab";
        }}
        onPointerUp={(e) => {
          if (drag.current && !drag.current.moved && v) props.pick(near(e));
          drag.current = null;
        }}
        onDblClick={(e) => {
          const n = near(e);
          if (n) location.hash = `#/post/${n.post}`;
        }} />
      <div class="tools">
        <button onClick={() => zoom(1.4)} aria-label="Larger">+</button>
        <button onClick={() => zoom(1 / 1.4)} aria-label="Smaller">−</button>
        <button onClick={() => setView(null)}>Reset</button>
      </div>
    </div>
  );
}
