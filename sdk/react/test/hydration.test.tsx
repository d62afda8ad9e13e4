// A page that a server rendered is taken over by a client that knows more already: without a mismatch, then with what it knows.

import { act } from "@testing-library/react";
import { StrictMode } from "react";
import { hydrateRoot, type Root } from "react-dom/client";
import { expect, it, vi } from "vitest";
import { TuttiProvider } from "../src/index";
import { Everything, EVERYTHING_UNKNOWN } from "./support/everything";
import { answerChannels, chatWorld, settled } from "./support/mount";

it("hydrates what the server rendered", async () => {
  const { client, server } = await chatWorld(3);
  answerChannels(server);
  await client.conversations.load();
  const complaints = vi.spyOn(console, "error");
  const recovered = vi.fn();
  const page = document.createElement("div");
  page.innerHTML = EVERYTHING_UNKNOWN;
  const kept = page.firstElementChild;
  let root: Root | null = null;
  act(() => {
    root = hydrateRoot(page, <StrictMode><TuttiProvider client={client}><Everything /></TuttiProvider></StrictMode>, { onRecoverableError: recovered });
  });
  await settled();
  expect(page.textContent).toBe("connected alice | ready 3 | 1 conversations, 3 unread | nobody writes | subscribed | nobody is known");
  expect(page.firstElementChild).toBe(kept);
  expect(recovered).not.toHaveBeenCalled();
  expect(complaints).not.toHaveBeenCalled();
  act(() => root?.unmount());
  complaints.mockRestore();
});
