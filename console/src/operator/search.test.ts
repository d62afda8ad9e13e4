// What stands in the addresses, and what the server is asked for it.
import { describe, expect, it } from "vitest";
import { readChannelsSearch, readConnectionsSearch, readFilter } from "./search";
import { FILTER_KINDS, filterQuery } from "./tailFilter";

describe("addresses", () => {
  it("give what makes sense and nothing else", () => {
    expect(readConnectionsSearch({ user: "ada", slow: true, other: 1 })).toEqual({ user: "ada", slow: true });
    expect(readConnectionsSearch({ user: "", slow: "yes" })).toEqual({});
    expect(readChannelsSearch({ prefix: "public:" })).toEqual({ prefix: "public:" });
    expect(readFilter({ kinds: ["published", "nonsense", "missed"], user: ["x"], channel: "" })).toEqual({ kinds: ["published"] });
    expect(readFilter({ kinds: "published" })).toEqual({});
  });

  it("take an id that is made of digits", () => {
    expect(readConnectionsSearch({ user: 42 })).toEqual({ user: "42" });
  });
});

describe("the question for the tail", () => {
  it("repeats the kinds and names user and channel", () => {
    const query = filterQuery({ kinds: ["subscribed", "published"], user: "a b", channel: "public:x" });
    expect(query.toString()).toBe("kind=subscribed&kind=published&user=a+b&channel=public%3Ax");
    expect(filterQuery({}).toString()).toBe("");
  });

  it("cannot ask for the notice of missed events, which always comes", () => {
    expect(FILTER_KINDS).not.toContain("missed");
  });
});
