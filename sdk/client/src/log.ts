// Where the SDK says what it does, for developers. Leaves to TuttiError and the snapshots what a person is told.

/** How much is logged, from nothing to everything. */
export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";
/** Takes every line of the chosen level and above, without the prefix; the console by default. */
export type LogSink = (level: Exclude<LogLevel, "silent">, text: string, ...more: unknown[]) => void;
type Write = (text: string, ...more: unknown[]) => void;
export type Log = Record<Exclude<LogLevel, "silent">, Write>;

export const LOG_PREFIX = "[Tutti]";
const ORDER: readonly LogLevel[] = ["silent", "error", "warn", "info", "debug"];

const toConsole: LogSink = (level, text, ...more) => console[level](`${LOG_PREFIX} ${text}`, ...more);

export function createLog(level: LogLevel, sink: LogSink = toConsole): Log {
  const write = (at: keyof Log): Write => {
    if (ORDER.indexOf(at) > ORDER.indexOf(level)) return () => undefined;
    return (text, ...more) => sink(at, text, ...more);
  };
  return { error: write("error"), warn: write("warn"), info: write("info"), debug: write("debug") };
}
