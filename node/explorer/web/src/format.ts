// Numbers, times and names as people read them.

const unit = 1_000_000_000n;

/** Base units (10⁻⁹) as a decimal number with at most `places` digits. */
export function coins(base: string | bigint | undefined, places = 3): string {
  if (base === undefined || base === "") return "–";
  const n = BigInt(base);
  const whole = (n / unit).toLocaleString("en");
  const rest = (n % unit).toString().padStart(9, "0").slice(0, n >= unit || n === 0n ? places : n < 100_000n ? 9 : 6).replace(/0+$/, "");
  return rest ? `${whole}.${rest}` : whole;
}

/** Base units as a float, for plots. */
export const float = (base: string | undefined): number => (base ? Number(BigInt(base)) / 1e9 : 0);

export const count = (n: number | string | bigint): string => BigInt(n).toLocaleString("en");

export const percent = (part: number, digits = 1): string => `${(100 * part).toFixed(digits)} %`;

/** Parts per million as a percentage. */
export const ppm = (n: number): string => `${(n / 10_000).toLocaleString("en", { maximumFractionDigits: 2 })} %`;

/** A share of two amounts, between 0 and 1. */
export function share(part: string | undefined, whole: string | undefined): number {
  const w = BigInt(whole ?? "0");
  return w === 0n ? 0 : Number((BigInt(part ?? "0") * 1_000_000n) / w) / 1e6;
}

/** Beginning and end of a long name. */
export const brief = (s: string, head = 8, tail = 6): string => (s.length <= head + tail + 1 ? s : `${s.slice(0, head)}…${s.slice(s.length - tail)}`);

export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB", { hour12: false });
}

export function date(ms: number): string {
  if (!ms) return "–";
  return new Date(ms).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** A length of time in its largest two units. */
export function span(ms: number): string {
  const abs = Math.abs(ms);
  if (abs < 1000) return `${Math.round(abs)} ms`;
  if (abs < 60_000) return `${(abs / 1000).toFixed(abs < 10_000 ? 1 : 0)} s`;
  const units: [number, string][] = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]];
  const at = units.findIndex(([u]) => abs >= u);
  const [u, name] = units[at];
  const below = units[at + 1];
  const rest = below ? Math.floor((abs % u) / below[0]) : 0;
  return `${Math.floor(abs / u)} ${name}${rest && below ? ` ${rest} ${below[1]}` : ""}`;
}

export const ago = (ms: number, now = Date.now()): string => (now < ms ? `in ${span(ms - now)}` : `${span(now - ms)} ago`);

export const words = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[-_/]/g, " ").toLowerCase().replace(/\bctr(s?)\b/, "CTR$1");

/** A word at the beginning of a line. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Bytes as text, where they are text; else null. */
export function readable(hex: string): string | null {
  try {
    const b = Uint8Array.from(hex.slice(2).match(/../g) ?? [], (x) => parseInt(x, 16));
    const s = new TextDecoder("utf-8", { fatal: true }).decode(b);
    return /[\u0000-\u0008\u000e-\u001f]/.test(s) ? null : s;
  } catch {
    return null;
  }
}
