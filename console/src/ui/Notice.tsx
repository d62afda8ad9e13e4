// What stands where content would be, when there is none: nothing yet, still loading, or something went wrong.
import type { ReactNode } from "react";
import { Button } from "./Button";

export function Notice({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex h-full min-h-40 flex-col items-center justify-center gap-1 px-8 text-center">
      {icon !== undefined && <div className="mb-2 text-ink-faint">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-xs text-sm text-ink-soft">{children}</div>}
    </div>
  );
}

export function Failure({ title, text, onRetry }: { title: string; text: string; onRetry: () => void }) {
  return (
    <div role="alert" className="flex h-full min-h-40 flex-col items-center justify-center gap-1 px-8 text-center">
      <p className="font-medium">{title}</p>
      <p className="max-w-xs text-sm text-ink-soft">{text}</p>
      <Button className="mt-3" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

/** Rows in the shape of what is on its way. */
export function Skeleton({ rows, label, avatar = 32 }: { rows: number; label: string; avatar?: number }) {
  return (
    <div role="status" aria-label={label} className="animate-breathe">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex items-center gap-3 px-4 py-2.5">
          <div className="shrink-0 rounded-full bg-pressed" style={{ width: avatar, height: avatar }} />
          <div className="flex-1 space-y-2">
            <div className="h-2.5 rounded bg-pressed" style={{ width: `${28 + ((row * 37) % 22)}%` }} />
            <div className="h-2.5 rounded bg-hover" style={{ width: `${52 + ((row * 53) % 40)}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}
