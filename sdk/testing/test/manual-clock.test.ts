// The clock that tests turn by hand.

import { expect, it, vi } from "vitest";
import { ManualClock, settle } from "../src/index";

it("runs what falls due in its order, each at its own time", async () => {
  const clock = new ManualClock(1000);
  const ran: [string, number][] = [];
  const note = (name: string) => (): void => void ran.push([name, clock.now()]);
  clock.after(20, note("second"));
  clock.after(10, note("first"));
  clock.after(20, note("third"));
  clock.after(31, note("not yet"));
  await clock.advance(30);
  expect(ran).toEqual([["first", 1010], ["second", 1020], ["third", 1020]]);
  expect([clock.now(), clock.waiting]).toEqual([1030, 1]);
});

it("lets promises go on between timers, and runs what they set", async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  clock.after(10, () => {
    void Promise.resolve().then(() => Promise.resolve()).then(() => {
      ran.push("promise");
      clock.after(5, () => ran.push("set by it"));
    });
  });
  clock.after(12, () => ran.push("later"));
  await clock.advance(15);
  expect(ran).toEqual(["promise", "later", "set by it"]);
});

it("does not run what was called off", async () => {
  const clock = new ManualClock();
  const task = vi.fn();
  const stop = clock.after(10, task);
  stop();
  await clock.advance(100);
  expect([task.mock.calls.length, clock.waiting]).toEqual([0, 0]);
});

it("takes a time that is over as now, and never goes back", async () => {
  const clock = new ManualClock(50);
  const times: number[] = [];
  clock.after(-10, () => times.push(clock.now()));
  await clock.advance(0);
  expect([times, clock.now()]).toEqual([[50], 50]);
});

it("runs all there is, but not for ever", async () => {
  const clock = new ManualClock();
  clock.after(10, () => undefined);
  clock.after(3_600_000, () => undefined);
  expect([await clock.runAll(), clock.waiting]).toEqual([2, 0]);
  const again = (): void => void clock.after(1000, again);
  again();
  expect([await clock.runAll(), await clock.runAll(7)]).toEqual([100, 7]);
});

it("works while the framework's timers are fake", async () => {
  vi.useFakeTimers();
  try {
    const clock = new ManualClock();
    const task = vi.fn();
    clock.after(1, task);
    await settle();
    await clock.advance(1);
    expect(task).toHaveBeenCalledOnce();
  } finally {
    vi.useRealTimers();
  }
});
