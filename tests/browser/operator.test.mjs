// The operator's pages, the playground and the metrics page, against the real server: what they show is what is, and what
// they do is done. Without a mouse, in the light and in the dark, and on a small screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Inspection } from "./support/inspection.mjs";
import { scene } from "./support/scene.mjs";
import { until, untilEqual } from "./support/wait.mjs";

const stage = scene();

/** Somebody who signs in by name, and asks for the role. */
async function operator(options) {
  const window = await stage.signIn(stage.name("Operator"), options);
  await section(window, "Operator");
  await window.at("become-operator").click();
  await window.at("figure-connections").waitFor();
  return window;
}

/** Somebody who signs in with a token, as everywhere but on a development server. */
async function withToken(options) {
  const { token, id } = await stage.server.person(stage.name("Ann"));
  const window = await stage.open(options);
  await window.page.route("**/api/v1/info", (route) => route.fulfill({ json: { version: "0", protocol: 1, dev: false } }));
  await window.page.reload();
  await window.at("sign-in-token").fill(token);
  await window.at("sign-in-submit").click();
  await window.connected();
  return { window, id };
}

function section(window, name) {
  return window.page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name }).click();
}

function page(window, name) {
  return window.page.getByRole("navigation", { name: "Operator" }).getByRole("link", { name }).click();
}

/** Sends a frame in the playground that is open. */
async function sendFrame(window, frame) {
  await window.at("frame").fill(JSON.stringify(frame));
  await window.at("frame").press("Control+Enter");
}

/** Somebody in the playground who listens to a channel of their own and has published there. */
async function publisher() {
  const name = stage.name("Bob");
  const window = await stage.signIn(name);
  const { id } = await stage.server.person(name);
  const channel = `public:${id}`;
  await section(window, "Playground");
  await sendFrame(window, { type: "subscribe", channel });
  await entry(window, "reply", "subscribed").waitFor();
  return { window, id, channel };
}

function entry(window, direction, type) {
  return window.page.locator(`[data-testid=frame-entry][data-direction=${direction}][data-type=${type}]`);
}

test("whoever is no operator is told how to become one, and the token is enough", async () => {
  const { window, id } = await withToken();
  await section(window, "Operator");
  await window.page.getByText("This page needs the operator role").waitFor();
  assert.equal(await window.page.getByLabel("Command").innerText(), `tutti token --user ${id} --role operator`);
  await window.at("operator-token").fill(await stage.server.operatorToken(id));
  await window.at("operator-sign-in").click();
  await until(async () => Number(await window.at("figure-connections").innerText()) >= 1, "the connection is counted");
});

test("on a development server the role is had for the asking, and the other windows of the user stay signed in", async () => {
  const name = stage.name("Ann");
  const [window, other] = [await stage.signIn(name), await stage.signIn(name)];
  await section(window, "Operator");
  await window.at("become-operator").click();
  await until(async () => Number(await window.at("figure-connections").innerText()) >= 2, "both connections are counted");
  await other.connected();
  await window.page.reload();
  await window.at("figure-connections").waitFor();
});

test("a connection that is closed is listed, disconnected, and comes back by itself", async () => {
  const { window: bob, id } = await publisher();
  const window = await operator();
  await page(window, "Connections");
  await window.page.getByRole("textbox", { name: "User id" }).fill(id);
  await untilEqual(() => window.at("connection-row").count(), 1, "one connection is found");
  const row = window.at("connection-row");
  assert.match(await row.innerText(), /websocket/);
  const before = await row.innerText();
  await row.getByRole("button", { name: "Disconnect" }).press("Enter");
  await window.page.getByRole("dialog").getByRole("button", { name: "Disconnect" }).press("Enter");
  await until(async () => (await row.count()) === 1 && connectionOf(await row.innerText()) !== connectionOf(before), "another connection took its place");
  await bob.connected();
});

/** The id of the connection in a row of the table: the longest number. */
function connectionOf(text) {
  return text.match(/\d{10,}/)?.[0];
}

test("a user whose tokens are revoked is out", async () => {
  const { window: bob, id } = await publisher();
  const window = await operator();
  await page(window, "Users");
  await window.page.getByRole("link", { name: id, exact: true }).click();
  await window.at("connection-row").waitFor();
  await window.page.getByRole("button", { name: "Revoke tokens" }).click();
  await window.page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await window.page.getByText("Not connected.").waitFor();
  await window.page.getByText("those issued until").waitFor();
  await until(async () => (await bob.at("connection-state").getAttribute("data-state")) !== "connected", "the other window has lost its connection");
});

test("a channel with its members and publications, and the live tail of it", async () => {
  const { window: bob, id, channel } = await publisher();
  const window = await operator();
  await page(window, "Channels");
  await window.page.getByRole("textbox", { name: "Start of the name" }).fill(channel);
  await window.page.getByRole("link", { name: channel, exact: true }).click();
  await window.at("member-row").getByText(id).waitFor();
  await sendFrame(bob, { type: "publish", channel, data: { text: "not for the tail" } });
  await window.at("publication-row").waitFor();
  await window.page.getByRole("link", { name: "Follow live" }).click();
  await untilEqual(() => window.at("tail-state").getAttribute("data-state"), "live", "the tail is open");
  await sendFrame(bob, { type: "publish", channel, data: { text: "not for the tail" } });
  await sendFrame(bob, { type: "unsubscribe", channel });
  const kinds = () => window.at("event").evaluateAll((events) => events.map((event) => event.dataset.kind));
  await until(async () => (await kinds()).includes("unsubscribed") && (await kinds()).includes("published"), "both events came");
  const log = window.page.getByRole("region", { name: "Live events" });
  assert.doesNotMatch(await log.innerText(), /not for the tail/);
});

test("the live tail is filtered by kind and held back while it is paused", async () => {
  const { window: bob, channel } = await publisher();
  const window = await operator();
  await page(window, "Events");
  await window.page.getByRole("button", { name: "All kinds" }).click();
  await window.page.getByRole("checkbox", { name: "Published" }).press("Space");
  await window.page.keyboard.press("Escape");
  await window.page.getByRole("button", { name: "1 kind" }).waitFor();
  assert.match(window.page.url(), /kinds=/);
  await untilEqual(() => window.at("tail-state").getAttribute("data-state"), "live", "the tail is open");
  await sendFrame(bob, { type: "publish", channel, data: 1 });
  await untilEqual(() => window.at("event").count(), 1, "the publication is shown");
  await window.page.getByRole("button", { name: "Pause" }).press("Enter");
  await sendFrame(bob, { type: "publish", channel, data: 2 });
  await window.page.getByRole("button", { name: "1 new" }).waitFor();
  assert.equal(await window.at("event").count(), 1);
  await window.page.getByRole("button", { name: "1 new" }).click();
  await untilEqual(() => window.at("event").count(), 2, "what was held back is shown");
  const kinds = await window.at("event").evaluateAll((events) => events.map((event) => event.dataset.kind));
  assert.deepEqual(kinds, ["published", "published"]);
});

test("the playground shows replies, pushes and refusals in order", async () => {
  const { window, channel } = await publisher();
  await sendFrame(window, { type: "publish", channel, data: { score: 3 } });
  await entry(window, "reply", "published").waitFor();
  await entry(window, "push", "publication").getByText('"score": 3').waitFor();
  await sendFrame(window, { type: "no_such_thing" });
  await entry(window, "reply", "error").getByText("invalid_request").waitFor();
  const order = await window.at("frame-entry").evaluateAll((entries) => entries.map((each) => `${each.dataset.direction} ${each.dataset.type}`));
  assert.equal(order[0], "reply error");
  assert.equal(order[1], "sent no_such_thing");
  assert.deepEqual(order.slice(2, 4).sort(), ["push publication", "reply published"]);
  assert.deepEqual(order.slice(4), ["sent publish", "reply subscribed", "sent subscribe"]);
  await window.page.getByRole("textbox", { name: "Filter the frames" }).fill("score");
  await untilEqual(() => window.at("frame-entry").count(), 2, "the filter leaves what has the word");
});

test("scrolling down holds the frames, so that nothing moves under the eyes", async () => {
  const window = await stage.signIn(stage.name("Ann"));
  await section(window, "Playground");
  for (let ping = 0; ping < 12; ping++) await sendFrame(window, { type: "ping" });
  const region = window.page.getByRole("region", { name: "Frames sent and received" });
  await until(() => region.evaluate((list) => list.scrollHeight > list.clientHeight + 400), "there is something to scroll through");
  await region.evaluate((list) => list.scrollTo(0, 300));
  await window.page.getByRole("button", { name: "Go on" }).waitFor();
  await sendFrame(window, { type: "ping" });
  await window.page.getByRole("button", { name: "2 new" }).click();
  await untilEqual(() => region.evaluate((list) => list.scrollTop), 0, "the newest are seen");
  await window.page.getByRole("button", { name: "Pause" }).waitFor();
});

test("every template is a frame that the server understands", async () => {
  const window = await stage.signIn(stage.name("Ann"));
  await section(window, "Playground");
  await window.at("template").waitFor();
  const names = await window.at("template").locator("option").allInnerTexts();
  assert.ok(names.includes("publish"));
  // Two end the connection, or try to, and one has no answer.
  const answered = names.filter((name) => !["auth", "logout", "typing"].includes(name));
  for (const name of answered) {
    await window.page.getByRole("button", { name: "Clear" }).click();
    await window.at("template").selectOption(name);
    await window.at("send-frame").click();
    const reply = window.page.locator("[data-testid=frame-entry][data-direction=reply]");
    await reply.waitFor();
    assert.doesNotMatch(await reply.innerText(), /invalid_request/, name);
  }
});

test("the metrics page draws, and lists what Prometheus is told", async () => {
  const window = await operator();
  await page(window, "Metrics");
  const values = () => window.at("chart-value").allInnerTexts();
  await until(async () => (await values()).every((value) => /\d/.test(value)), "every chart has a value");
  await window.page.getByText("The charts as a table").press("Enter");
  await window.page.getByRole("region", { name: "the charts as a table" }).getByRole("row").nth(1).waitFor();
  await window.page.getByRole("textbox", { name: "Search the metrics" }).fill("frames_received");
  await untilEqual(() => window.at("metric-row").count(), 1, "one metric is found");
  assert.match(await window.at("metric-row").innerText(), /tutti_frames_received_total/);
});

const VARIANTS = [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["narrow", { colorScheme: "light", viewport: { width: 360, height: 740 } }],
];
const PAGES = ["Overview", "Connections", "Users", "Channels", "Events", "Metrics"];

async function assertFits(window, screen) {
  const beyond = await window.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(beyond <= 0, `${screen} is ${beyond} px too wide`);
}

for (const [variant, options] of VARIANTS) {
  test(`the operator's pages are clean and fit, ${variant}`, async () => {
    const inspection = new Inspection();
    const { window: bob, id, channel } = await publisher();
    for (const [way, stranger] of [["operator-token", (await withToken(options)).window], ["become-operator", await stage.signIn(stage.name("Ann"), options)]]) {
      await section(stranger, "Operator");
      await stranger.at(way).waitFor();
      await inspection.add(stranger, `no operator, ${way}`);
      await assertFits(stranger, `no operator, ${way}`);
    }
    const window = await operator(options);
    for (const name of PAGES) {
      await page(window, name);
      await window.page.getByRole("heading", { level: 1, name }).waitFor();
      if (name === "Events") {
        await untilEqual(() => window.at("tail-state").getAttribute("data-state"), "live", "the tail is open");
        await sendFrame(bob, { type: "publish", channel, data: 1 });
        await window.at("event").first().waitFor();
      }
      await inspection.add(window, name);
      await assertFits(window, name);
    }
    await page(window, "Users");
    await window.page.getByRole("link", { name: id, exact: true }).click();
    await window.at("connection-row").waitFor();
    await inspection.add(window, "a user");
    await window.page.getByRole("button", { name: "Revoke tokens" }).click();
    await inspection.add(window, "revoking");
    await window.page.keyboard.press("Escape");
    await page(window, "Channels");
    await window.page.getByRole("link", { name: channel, exact: true }).click();
    await window.at("publication-row").waitFor();
    await inspection.add(window, "a channel");
    await assertFits(window, "a channel");
    inspection.assertClean();
  });

  test(`the playground is clean and fits, ${variant}`, async () => {
    const inspection = new Inspection();
    const window = await stage.signIn(stage.name("Ann"), options);
    await section(window, "Playground");
    await sendFrame(window, { type: "ping" });
    await entry(window, "reply", "pong").waitFor();
    await inspection.add(window, "playground");
    await window.at("frame").fill("{");
    await inspection.add(window, "playground with a mistake");
    await assertFits(window, "playground");
    inspection.assertClean();
  });
}
