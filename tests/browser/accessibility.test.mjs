// The main screens, looked through by axe-core: nothing serious, in the light and in the dark, wide and narrow.
import { test } from "node:test";
import { Inspection } from "./support/inspection.mjs";
import { scene } from "./support/scene.mjs";
import { until } from "./support/wait.mjs";

const stage = scene();

async function conversation(options) {
  const bob = await stage.server.person(stage.name("Bob"));
  const name = stage.name("Alice");
  const alice = await stage.server.person(name);
  const direct = await stage.server.direct(bob, alice);
  const first = await stage.server.say(bob, direct, "a message with https://example.com in it");
  await stage.server.say(alice, direct, "and an answer");
  await stage.server.call("PUT", `/messages/${first.id}/reactions/${encodeURIComponent("\u{1f44d}")}`, { token: alice.token });
  const last = await stage.server.say(bob, direct, "soon gone");
  await stage.server.call("DELETE", `/messages/${last.id}`, { token: bob.token });
  const window = await stage.signIn(name, options);
  await window.item(bob.name).waitFor();
  return { window, bob };
}

const VARIANTS = [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["narrow", { colorScheme: "light", viewport: { width: 390, height: 800 } }],
];

for (const [variant, options] of VARIANTS) {
  test(`the front door, ${variant}`, async () => {
    const inspection = new Inspection();
    const window = await stage.open(options);
    await window.at("sign-in-name").waitFor();
    await inspection.add(window, "sign in");
    inspection.assertClean();
  });

  test(`the empty list and the search for people, ${variant}`, async () => {
    const inspection = new Inspection();
    await stage.server.person(stage.name("Bob"));
    const window = await stage.signIn(stage.name("Alice"), options);
    await window.page.getByText("No conversations yet").waitFor();
    await inspection.add(window, "empty");
    await window.at("new-conversation").click();
    await window.at("person-option").first().waitFor();
    await window.at("person-option").first().click();
    await inspection.add(window, "new conversation");
    inspection.assertClean();
  });

  test(`a conversation with everything in it, ${variant}`, async () => {
    const inspection = new Inspection();
    const { window, bob } = await conversation(options);
    await inspection.add(window, "the list with an unread conversation");
    await window.openConversation(bob.name);
    await window.sees("This message was deleted.");
    await inspection.add(window, "conversation");
    await window.at("composer").fill("x".repeat(4990));
    await inspection.add(window, "a long text in the composer");
    await window.at("toggle-details").click();
    await window.page.getByRole("complementary", { name: "Details" }).waitFor();
    await inspection.add(window, "details");
    inspection.assertClean();
  });

  test(`a thread and the menu of a message, ${variant}`, async () => {
    const inspection = new Inspection();
    const { window, bob } = await conversation(options);
    await window.openConversation(bob.name);
    await window.message("and an answer").focus();
    await window.page.keyboard.press("Enter");
    await window.page.getByRole("menu").waitFor();
    await inspection.add(window, "menu");
    await window.page.getByRole("menuitem", { name: "Reply in thread" }).click();
    await window.at("thread-composer").waitFor();
    await inspection.add(window, "thread");
    inspection.assertClean();
  });
}

test("the line that says that the connection is gone", async () => {
  const inspection = new Inspection();
  const { window } = await conversation({ colorScheme: "light" });
  await window.context.setOffline(true);
  await until(async () => /offline/i.test(await window.at("connection-state").innerText()), "the line is shown");
  await inspection.add(window, "offline");
  inspection.assertClean();
});
