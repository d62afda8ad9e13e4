// The two kinds of button: one with words, one with an icon and a label for those who cannot see it.
import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";

type Kind = "primary" | "quiet" | "plain" | "danger";
type Size = "small" | "normal" | "large";

const kinds: Record<Kind, string> = {
  primary: "bg-accent text-accent-ink hover:opacity-90 active:opacity-80",
  quiet: "border border-line-strong text-ink hover:bg-hover active:bg-pressed",
  plain: "text-ink-soft hover:bg-hover hover:text-ink active:bg-pressed",
  danger: "bg-danger-fill text-white hover:opacity-90 active:opacity-80",
};

const heights: Record<Size, string> = { small: "h-7 px-2.5", normal: "h-8 px-3", large: "h-9 px-3.5" };

export function Button({
  kind = "quiet",
  size = "normal",
  className,
  type = "button",
  ...rest
}: ComponentProps<"button"> & { kind?: Kind; size?: Size }) {
  return (
    <button
      type={type}
      className={classes(
        "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md text-sm font-medium transition-colors disabled:opacity-50",
        heights[size],
        kinds[kind],
        className,
      )}
      {...rest}
    />
  );
}

const squares: Record<Size, string> = { small: "size-7 pointer-coarse:size-9", normal: "size-8", large: "size-9" };

export function IconButton({
  label,
  size = "normal",
  children,
  className,
  type = "button",
  ...rest
}: Omit<ComponentProps<"button">, "aria-label" | "title"> & { label: string; size?: Size; children: ReactNode }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={classes(
        "inline-flex shrink-0 items-center justify-center rounded-md text-ink-soft transition-colors",
        "hover:bg-hover hover:text-ink active:bg-pressed disabled:opacity-45 data-[state=open]:bg-pressed data-[state=open]:text-ink",
        squares[size],
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}
