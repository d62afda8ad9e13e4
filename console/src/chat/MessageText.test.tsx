// How a text is shown: as text, with links and mentions marked. Finding them is text.test.ts.

import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { AppContext } from "../app/context";
import { PeopleDirectory } from "../people/directory";
import { MessageText } from "./MessageText";

function show(text: string, mentions: string[] = []) {
  const context = {
    me: { id: "me", name: "Me" },
    people: new PeopleDirectory(),
    switchTo: () => undefined,
    becomeOperator: null,
    signOut: () => undefined,
  };
  const names: Record<string, string> = { me: "Me", ada: "Ada" };
  return render(
    <AppContext value={context}>
      <MessageText text={text} mentions={mentions} nameOf={(id) => names[id] ?? id} trailing={null} />
    </AppContext>,
  ).container;
}

afterEach(cleanup);

it("shows markup as text", () => {
  const container = show("<img src=x onerror=alert(1)> & <b>bold</b>");
  expect(container.querySelector("img, b")).toBeNull();
  expect(container.textContent).toBe("<img src=x onerror=alert(1)> & <b>bold</b>");
});

it("opens links elsewhere, without telling where from", () => {
  show("see https://example.com/x.");
  const link = screen.getByRole("link");
  expect(link.getAttribute("href")).toBe("https://example.com/x");
  expect(link.getAttribute("rel")).toBe("noopener noreferrer");
});

it("marks only those mentions that the message carries", () => {
  const container = show("@Ada and @Me", ["ada"]);
  expect([...container.querySelectorAll("span")].map((span) => span.textContent)).toEqual(["@Ada"]);
});
