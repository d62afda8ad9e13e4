// One line over the last minutes. What it shows can be read from the table below the charts as well.
import { type PointerEvent, useState } from "react";
import { short, span } from "../operator/format";
import { exactTime } from "../ui/time";
import { frameOf, HEIGHT, nearest, pathOf, WIDTH, xOf } from "./geometry";
import type { Series } from "./series";

export function LineChart({ series, now }: { series: Series; now: number }) {
  const { name, unit, points, latest } = series;
  const [share, setShare] = useState<number | null>(null);
  const frame = frameOf(points, now);
  const pointed = share === null ? null : nearest(points, share, frame);

  function onPointerMove(event: PointerEvent) {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setShare((event.clientX - left) / width);
  }

  return (
    <figure aria-label={name} className="min-w-0 rounded-xl border border-line bg-surface p-4">
      <figcaption className="flex items-baseline gap-2 text-sm">
        <span className="flex-1 font-medium text-ink-soft">{name}</span>
        {pointed !== null && <span className="text-xs text-ink-soft tabular-nums">{exactTime(pointed.at).slice(0, 8)}</span>}
        <span data-testid="chart-value" className="text-lg font-semibold tabular-nums">
          {short(pointed === null ? latest : pointed.value)}
          {unit}
        </span>
      </figcaption>
      <div className="mt-2 flex gap-2">
        <div aria-hidden className="flex w-9 shrink-0 flex-col justify-between text-right text-2xs text-ink-soft tabular-nums">
          <span>{short(frame.top)}</span>
          <span>0</span>
        </div>
        <svg
          aria-hidden
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          onPointerMove={onPointerMove}
          onPointerLeave={() => setShare(null)}
          className="h-28 w-full min-w-0 text-accent"
        >
          <path d={`M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}`} vectorEffect="non-scaling-stroke" className="stroke-line" />
          {pointed !== null && (
            <path d={`M${xOf(pointed.at, frame)} 0V${HEIGHT}`} vectorEffect="non-scaling-stroke" className="stroke-line-strong" />
          )}
          <path
            d={pathOf(points, frame)}
            fill="none"
            stroke="currentColor"
            strokeWidth={1.75}
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      </div>
      <div aria-hidden className="mt-1 flex justify-between pl-11 text-2xs text-ink-soft">
        <span>{span(now - frame.from)} ago</span>
        <span>now</span>
      </div>
    </figure>
  );
}
