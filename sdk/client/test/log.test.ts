// What the SDK says for developers, and its sentences for people.

import { describe, expect, it, vi } from "vitest";
import { CLOSE_CODES, ERROR_TEXTS, type LogLevel, TuttiError } from "../src/index";
import { fromBody } from "../src/errors";
import { createLog } from "../src/log";
import { world } from "./support/world";

const LEVELS = ["error", "warn", "info", "debug"] as const;

describe("the log", () => {
  it.each([["silent", 0], ["error", 1], ["warn", 2], ["info", 3], ["debug", 4]] as [LogLevel, number][])("at level %s lets %i levels through", (level, count) => {
    const lines: unknown[][] = [];
    const log = createLog(level, (...line) => lines.push(line));
    for (const at of LEVELS) log[at](`said at ${at}`, 7);
    expect(lines).toEqual(LEVELS.slice(0, count).map((at) => [at, `said at ${at}`, 7]));
  });

  it("begins each line in the console with [Tutti]", () => {
    const said = vi.spyOn(console, "warn").mockReturnValue();
    createLog("warn").warn("careful", 1);
    expect(said).toHaveBeenCalledExactlyOnceWith("[Tutti] careful", 1);
    said.mockRestore();
  });

  it("goes where the application wants it, changes of state included", () => {
    const lines: string[] = [];
    const { client } = world({ log: "info", logSink: (level, text) => lines.push(`${level} ${text}`) });
    client.connect();
    client.disconnect();
    expect(lines).toEqual(["info disconnected -> connecting (connect)", "info connecting -> disconnected (disconnect)"]);
  });
});

describe("texts for people", () => {
  it("are one sentence for every code", () => {
    for (const text of [...Object.values(ERROR_TEXTS), ...Object.values(CLOSE_CODES).map((code) => code.meaning)]) expect(text).toMatch(/^[A-Z].*\.$/);
  });

  it("come with every error", () => {
    for (const code of Object.keys(ERROR_TEXTS) as (keyof typeof ERROR_TEXTS)[]) expect(new TuttiError(code, "for a log").userMessage).toBe(ERROR_TEXTS[code]);
  });

  it("are the server's own where it knows better, or says something new", () => {
    const said = (code: string): string => fromBody({ code: code as "internal", message: "the server's words", retryable: false }).userMessage;
    expect([said("validation_failed"), said("conflict"), said("a_new_code"), said("toString")]).toEqual(Array(4).fill("the server's words"));
    expect(said("forbidden")).toBe(ERROR_TEXTS.forbidden);
  });
});
