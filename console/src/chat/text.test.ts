// Finding links and mentions in a text, and inserting a mention into one.

import { describe, expect, it } from "vitest";
import { insertMention, matching, mentionAt, mentionedIds } from "./mention";
import { segmentsOf } from "./text";

describe("links", () => {
  it("become segments of their own, without the sentence's punctuation", () => {
    expect(segmentsOf("See https://a.example/x?y=1, or (https://b.example).", [])).toEqual([
      { kind: "text", text: "See " },
      { kind: "link", text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" },
      { kind: "text", text: ", or (" },
      { kind: "link", text: "https://b.example", href: "https://b.example" },
      { kind: "text", text: ")." },
    ]);
  });

  it("keep brackets that belong to them", () => {
    expect(segmentsOf("https://en.example/wiki/A_(b)", [])[0]).toMatchObject({ text: "https://en.example/wiki/A_(b)" });
  });

  it("are never made of other schemes or of markup", () => {
    expect(segmentsOf("javascript:alert(1) <b>hi</b>", [])).toEqual([{ kind: "text", text: "javascript:alert(1) <b>hi</b>" }]);
  });
});

describe("mentions in a text", () => {
  it("are found by name, the longest first, and only as whole words", () => {
    expect(segmentsOf("@Ada Lovelace and @Ada, not @Adalbert", ["Ada", "Ada Lovelace"])).toEqual([
      { kind: "mention", text: "@Ada Lovelace" },
      { kind: "text", text: " and " },
      { kind: "mention", text: "@Ada" },
      { kind: "text", text: ", not @Adalbert" },
    ]);
  });

  it("are not found in addresses", () => {
    expect(segmentsOf("mail me@Ada", ["Ada"])).toEqual([{ kind: "text", text: "mail me@Ada" }]);
  });
});

describe("writing a mention", () => {
  const people = [
    { id: "ada", name: "Ada Lovelace" },
    { id: "grace", name: "Grace Hopper" },
    { id: "grace2", name: "Grace Hopper" },
  ];

  it("is recognised at the caret only", () => {
    expect(mentionAt("Hi @lo", 6)).toEqual({ start: 3, query: "lo" });
    expect(mentionAt("@", 1)).toEqual({ start: 0, query: "" });
    expect(mentionAt("Hi @lo there", 12)).toBeNull();
    expect(mentionAt("a@b", 3)).toBeNull();
  });

  it("offers people by any of their names", () => {
    expect(matching(people, "lo").map(({ id }) => id)).toEqual(["ada"]);
    expect(matching(people, "")).toHaveLength(3);
  });

  it("puts the name in its place and the caret behind it", () => {
    expect(insertMention("Hi @lo there", { start: 3, query: "lo" }, "Ada Lovelace")).toEqual({
      text: "Hi @Ada Lovelace there",
      caret: 17,
    });
  });

  it("tells whom the text mentions, by choice where names are shared", () => {
    expect(mentionedIds("@ada lovelace!", people, new Set())).toEqual(["ada"]);
    expect(mentionedIds("@Grace Hopper", people, new Set(["grace2"]))).toEqual(["grace2"]);
    expect(mentionedIds("@Grace Hopper", people, new Set())).toEqual(["grace", "grace2"]);
  });
});
