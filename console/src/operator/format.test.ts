// Numbers and spans as they are shown.
import { describe, expect, it } from "vitest";
import { bytes, count, perSecond, short, span } from "./format";

describe("numbers", () => {
  it("are grouped, shortened where they are long, and a dash where they are unknown", () => {
    expect(count(1234567)).toBe("1,234,567");
    expect([short(0), short(12.34), short(9999), short(45_678), short(null)]).toEqual(["0", "12.3", "9,999", "45.7K", "–"]);
    expect(perSecond(2.5)).toBe("2.5/s");
  });

  it("of bytes are told in the unit that fits", () => {
    expect([bytes(0), bytes(1023), bytes(65_000), bytes(5 * 1024 ** 2), bytes(3 * 1024 ** 4)]).toEqual(["0 B", "1023 B", "63.5 KiB", "5 MiB", "3,072 GiB"]);
  });
});

describe("spans", () => {
  it("are told in their two greatest units, and never below nothing", () => {
    expect([span(-5), span(59_999), span(61_000), span(3_660_000), span(90_000_000), span(60_000)]).toEqual(["0 s", "59 s", "1 min 1 s", "1 h 1 min", "1 d 1 h", "1 min"]);
  });
});
