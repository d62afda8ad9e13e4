// Numbers and spans of time, in as few characters as tell them. Dates are in ui/time.ts.
const plain = new Intl.NumberFormat("en");
const precise = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const UNKNOWN = "–";

export function count(value: number): string {
  return plain.format(value);
}

/** A rate or a level on an axis: short, and a dash where it is unknown. */
export function short(value: number | null): string {
  if (value === null) return UNKNOWN;
  return Math.abs(value) >= 10_000 ? compact.format(value) : precise.format(value);
}

export function perSecond(value: number | null): string {
  return `${short(value)}/s`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const exponent = Math.min(3, Math.floor(Math.log2(value) / 10));
  return `${precise.format(value / 1024 ** exponent)} ${["B", "KiB", "MiB", "GiB"][exponent]}`;
}

const UNITS = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]] as const;

/** A span of time in its two greatest units. */
export function span(ms: number): string {
  let seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = UNITS.map(([unit, inSeconds]) => {
    const amount = Math.floor(seconds / inSeconds);
    seconds %= inSeconds;
    return { unit, amount };
  });
  const greatest = parts.findIndex(({ amount }) => amount > 0);
  if (greatest < 0) return "0 s";
  const told = parts.slice(greatest, greatest + 2).filter(({ amount }) => amount > 0);
  return told.map(({ unit, amount }) => `${amount} ${unit}`).join(" ");
}
