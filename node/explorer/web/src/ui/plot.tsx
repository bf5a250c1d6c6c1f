// Line plots, drawn by uPlot in the colours of the theme.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "./theme.ts";

export interface Line {
  label: string;
  values: (number | null)[];
  colour: string; // a custom property's name
  points?: boolean;
  step?: boolean;
}

export interface PlotProps {
  label: string; // what it shows, for those who do not see it
  x: number[];
  lines: Line[];
  height?: number;
  y?: (v: number) => string;
  xAs?: (v: number) => string;
  from0?: boolean;
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { dark } = useTheme();
  const shape = `${props.lines.map((l) => l.label + l.colour).join()}|${dark}|${props.height}`;
  const data = [props.x, ...props.lines.map((l) => l.values)] as uPlot.AlignedData;
  const format = useRef(props);
  format.current = props;

  useEffect(() => {
    const el = box.current!;
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: css("--soft"), font, grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false } };
    const u = new uPlot({
      width: Math.max(el.clientWidth, 120), height: props.height ?? 220,
      padding: [8, 22, 0, 0],
      scales: { x: { time: false }, y: { range: (_u, lo, hi) => bounds(lo, hi, format.current.from0 ?? false) } },
      legend: { show: props.lines.length > 0, live: true },
      hooks: {
        // Without a pointer the legend tells the last values.
        setData: [(p) => p.setLegend({ idx: p.data[0].length - 1 }, false)],
        ready: [(p) => p.setLegend({ idx: p.data[0].length - 1 }, false)],
        setCursor: [(p) => p.cursor.idx == null && p.setLegend({ idx: p.data[0].length - 1 }, false)],
      },
      cursor: { points: { size: 7 }, drag: { x: true, y: false } },
      axes: [
        { ...axis, grid: { show: false }, size: 30, space: 70, values: (_u, v) => v.map((n) => (format.current.xAs ?? String)(n)) },
        { ...axis, size: (_u, v) => Math.max(40, 14 + 7 * Math.max(0, ...(v ?? []).map((t) => t.length))), values: (_u, v) => v.map((n) => (format.current.y ?? String)(n)) },
      ],
      series: [
        { label: "Height", value: (_u, v) => (v === null ? "–" : (format.current.xAs ?? String)(v)) },
        ...props.lines.map((l) => ({
          label: l.label, stroke: css(l.colour), width: l.points ? 0 : 1.75, spanGaps: true,
          points: { show: l.points ?? false, size: 4, fill: css(l.colour) },
          paths: l.points ? () => null : l.step ? uPlot.paths.stepped!({ align: 1 }) : undefined,
          value: (_u: uPlot, v: number | null) => (v === null ? "–" : (format.current.y ?? String)(v)),
        })),
      ],
    }, data, el);
    plot.current = u;
    const o = new ResizeObserver(() => u.setSize({ width: el.clientWidth, height: props.height ?? 220 }));
    o.observe(el);
    return () => {
      o.disconnect();
      u.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [props.x, props.lines]);
  return <div class="plot" ref={box} role="img" aria-label={props.label} />;
}

function bounds(lo: number, hi: number, from0: boolean): [number, number] {
  if (lo === null || hi === null) return [0, 1];
  if (from0) return [0, hi === 0 ? 1 : hi * 1.1];
  const room = hi === lo ? Math.abs(hi) * 0.01 || 1 : (hi - lo) * 0.1;
  return [lo - room, hi + room];
}
