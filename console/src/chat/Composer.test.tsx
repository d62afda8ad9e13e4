// The composer under real keys in a simulated page. How it looks is left to the browser tests.

import type { ConversationHandle, TuttiClient } from "@tutti/client";
import { TuttiProvider } from "@tutti/react";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AppContext, type SignedInContext } from "../app/context";
import { PeopleDirectory } from "../people/directory";
import { Composer } from "./Composer";
import { view } from "./fixtures";

const send = vi.fn(() => Promise.resolve(view(1)));
const typing = vi.fn();
const handle = { id: "c", send, typing } as unknown as ConversationHandle;
const onEditLast = vi.fn();
const onCancelReply = vi.fn();
const mentionable = [
  { id: "ada", name: "Ada Lovelace" },
  { id: "grace", name: "Grace Hopper" },
];

function show(client: TuttiClient, replyTo = false) {
  const context: SignedInContext = { me: { id: "me", name: "Me" }, people: new PeopleDirectory(), switchTo: () => undefined, becomeOperator: null, signOut: () => undefined };
  render(
    <TuttiProvider client={client}>
      <AppContext value={context}>
        <Composer
          handle={handle}
          area={createRef()}
          placeholder="Message Ada"
          mentionable={mentionable}
          replyTo={replyTo ? view(7) : null}
          onCancelReply={onCancelReply}
          onEditLast={onEditLast}
        />
      </AppContext>
    </TuttiProvider>,
  );
  return screen.getByTestId<HTMLTextAreaElement>("composer");
}

const newClient = () => ({}) as TuttiClient;

beforeEach(() => vi.clearAllMocks());
afterEach(cleanup);

describe("sending", () => {
  it("sends on Enter, breaks the line on Shift+Enter, and clears the field", async () => {
    const field = show(newClient());
    await userEvent.type(field, "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(send).toHaveBeenCalledWith({ message: "one\ntwo" });
    expect(field.value).toBe("");
    expect(typing).toHaveBeenLastCalledWith(false);
  });

  it("sends nothing that is empty or too long", async () => {
    const field = show(newClient());
    await userEvent.type(field, "   {Enter}");
    fireEvent.change(field, { target: { value: "x".repeat(5001) } });
    await userEvent.type(field, "{Enter}");
    expect(send).not.toHaveBeenCalled();
    expect(screen.getByText("1 too many")).toBeTruthy();
    expect(screen.getByTestId<HTMLButtonElement>("send").disabled).toBe(true);
  });

  it("counts characters as the server does, not UTF-16 units", () => {
    const field = show(newClient());
    fireEvent.change(field, { target: { value: "🎉".repeat(5000) } });
    expect(screen.getByText("0 left")).toBeTruthy();
  });

  it("names the message it answers, and gives up answering on Escape", async () => {
    const field = show(newClient(), true);
    await userEvent.type(field, "{Escape}");
    expect(onCancelReply).toHaveBeenCalledOnce();
    await userEvent.type(field, "yes{Enter}");
    expect(send).toHaveBeenCalledWith({ message: "yes", reply_to: "m7" });
  });
});

describe("mentions", () => {
  it("are picked from the list with Enter and sent with their ids", async () => {
    const field = show(newClient());
    await userEvent.type(field, "Hi @gr");
    expect(screen.getAllByTestId("mention-option").map((option) => option.textContent)).toEqual(["GHGrace Hopper"]);
    await userEvent.type(field, "{Enter}");
    expect(field.value).toBe("Hi @Grace Hopper ");
    await userEvent.type(field, "!{Enter}");
    expect(send).toHaveBeenCalledWith({ message: "Hi @Grace Hopper !", mentions: ["grace"] });
  });

  it("leave the list on Escape, after which Enter sends", async () => {
    const field = show(newClient());
    await userEvent.type(field, "@a{Escape}{Enter}");
    expect(send).toHaveBeenCalledWith({ message: "@a" });
  });
});

describe("around writing", () => {
  it("edits the last own message on ArrowUp in an empty field only", async () => {
    const field = show(newClient());
    await userEvent.type(field, "x{ArrowUp}");
    expect(onEditLast).not.toHaveBeenCalled();
    await userEvent.type(field, "{Backspace}{ArrowUp}");
    expect(onEditLast).toHaveBeenCalledOnce();
  });

  it("keeps what was begun for the next time, for the same client", async () => {
    const client = newClient();
    await userEvent.type(show(client), "half a thought");
    cleanup();
    expect(show(client).value).toBe("half a thought");
    cleanup();
    expect(show(newClient()).value).toBe("");
  });
});
