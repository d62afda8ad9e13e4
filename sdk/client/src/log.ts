// Where the SDK says what it does, for developers. Leaves to TuttiError and the snapshots what a person is told.

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";
type Write = (text: string, ...more: unknown[]) => void;
export type Log = Record<Exclude<LogLevel, "silent">, Write>;

const ORDER: readonly LogLevel[] = ["silent", "error", "warn", "info", "debug"];

export function createLog(level: LogLevel): Log {
  const write = (at: keyof Log): Write => {
    if (ORDER.indexOf(at) > ORDER.indexOf(level)) return () => undefined;
    return (text, ...more) => console[at](`[tutti] ${text}`, ...more);
  };
  return { error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}
