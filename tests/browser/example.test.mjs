// The example chat in a real browser, from a page of another origin than the server's: once as it is shipped, and once as it
// is developed, where React's StrictMode mounts everything twice.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launchBrowser } from "./support/console.mjs";
import { Server } from "./support/server.mjs";
import { Site } from "./support/site.mjs";
import { PATIENCE_MS, until, untilEqual } from "./support/wait.mjs";

const EXAMPLE = fileURLToPath(new URL("../../examples/chat-react/", import.meta.url));
const MOST_LINES = 149;
const HISTORY = 120;
/** A page is 50. */
const OLDEST_AT_FIRST = /^message 71 /;

test("it is small", async () => {
  const names = await readdir(EXAMPLE, { recursive: true });
  const own = names.filter((name) => !/node_modules|dist/.test(name) && /\.(tsx?|css|html)$/.test(name));
  const texts = await Promise.all(own.map((name) => readFile(join(EXAMPLE, name), "utf8")));
  const lines = texts.reduce((sum, text) => sum + text.split("\n").length - 1, 0);
  assert.ok(lines > 0 && lines <= MOST_LINES, `${lines} lines in ${own.join(", ")}`);
});

for (const mode of ["production", "development"]) {
  describe(`built for ${mode}`, () => {
    const stage = scene(mode);

    test("two people chat: unread, presence, typing, and every message once", async () => {
      const [alice, bob] = await stage.pair();
      await alice.page.getByLabel("Write to").fill(bob.name);
      await alice.page.getByLabel("Write to").press("Enter");
      await alice.say("first words");
      await bob.row(alice, /online/).waitFor();
      await untilEqual(() => bob.row(alice).locator("b").innerText(), "1", "one unread message");
      await bob.page.getByRole("heading", { name: "1 unread" }).waitFor();
      await bob.row(alice).click();
      await bob.page.getByRole("heading", { name: "0 unread" }).waitFor();
      await until(async () => /seen/.test(await alice.texts().then((texts) => texts[0])), "it was seen");
      await bob.page.getByLabel("Message").pressSequentially("an answer");
      await alice.page.getByText(`${bob.name} typing…`).waitFor();
      await bob.page.getByLabel("Message").press("Enter");
      await untilEqual(() => alice.page.locator(".typing").innerText(), "", "typing ends with the message");
      await alice.say("last words");
      const said = ["first words", "an answer", "last words"];
      for (const person of [alice, bob]) {
        await untilEqual(async () => (await person.texts()).map((text) => said.find((one) => text.startsWith(one)) ?? text), said, "everything once, in order");
      }
      await bob.context.close();
      await alice.row(bob, /offline/).waitFor({ timeout: PATIENCE_MS * 3 });
    });

    test("a window makes one connection, and StrictMode no second", async () => {
      await stage.signIn();
      const before = await stage.opened();
      const alice = await stage.signIn();
      assert.equal(await stage.opened(), before + 1);
      await alice.page.getByLabel("Write to").fill("Nobody at all");
      await alice.page.getByLabel("Write to").press("Enter");
      await alice.page.getByRole("alert").waitFor();
      assert.equal(await stage.opened(), before + 1);
      assert.equal(alice.sockets.length, 1);
      // Else this would show nothing of StrictMode, which only the development build of React obeys.
      assert.equal(alice.console.some((line) => line.includes("React DevTools")), mode === "development");
    });

    test("a message is shown before it is stored, and stored when the network is back", async () => {
      const [alice, bob] = await stage.pair();
      await stage.talk(alice, bob, 1);
      await alice.row(bob).click();
      await alice.texts();
      await alice.context.setOffline(true);
      await alice.page.getByRole("status").waitFor();
      await alice.say("written offline");
      const message = alice.page.locator("li", { hasText: "written offline" });
      await untilEqual(() => message.getAttribute("data-delivery"), "sending", "it is on its way");
      await alice.context.setOffline(false);
      await untilEqual(() => message.getAttribute("data-delivery"), "sent", "it was stored", PATIENCE_MS * 3);
      await bob.row(alice).click();
      await untilEqual(async () => (await bob.texts()).filter((text) => text.startsWith("written offline")).length, 1, "it came once");
    });

    test("older messages come as one scrolls up, and what is read stays where it is", async () => {
      const [alice, bob] = await stage.pair();
      await stage.talk(alice, bob, HISTORY);
      await alice.row(bob).click();
      await untilEqual(() => alice.count(), 50, "the first page");
      const oldest = alice.page.locator("li").first();
      assert.match(await oldest.innerText(), OLDEST_AT_FIRST);
      const scroll = (to) => alice.page.locator(".messages").evaluate((box, top) => box.scrollTo(0, top), to);
      await scroll(-1e6);
      await untilEqual(() => alice.count(), 100, "the second page");
      const kept = alice.page.locator("li", { hasText: OLDEST_AT_FIRST });
      const box = await alice.page.locator(".messages").boundingBox();
      const { y } = await kept.boundingBox();
      assert.ok(y >= box.y - 1 && y < box.y + box.height, "what was at the top is still on the screen");
      await scroll(-1e6);
      await untilEqual(() => alice.count(), HISTORY, "all of it");
      assert.match(await oldest.innerText(), /^message 1 /);
    });
  });
}

/** A server, the example built and served on a port of its own, and a browser. */
function scene(mode) {
  const stage = { site: null, server: null, browser: null, address: "", people: 0, contexts: [], uncaught: [] };

  before(async () => {
    stage.site = await Site.start((folder) => build(mode, folder));
    stage.server = await Server.start({ TUTTI_SERVER__ALLOWED_ORIGINS: stage.site.origin, TUTTI_PRESENCE__GRACE_SECONDS: "1" });
    stage.address = `${stage.site.origin}/?server=${encodeURIComponent(stage.server.url)}`;
    stage.browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const context of stage.contexts.splice(0)) await context.close();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
    await stage.site?.stop();
    assert.deepEqual(stage.uncaught, [], "errors that nothing caught");
  });

  stage.signIn = async () => {
    const person = await Person.at(stage, `Person ${++stage.people}`);
    await person.signIn();
    return person;
  };
  stage.pair = async () => [await stage.signIn(), await stage.signIn()];
  /** How many connections the server has let in. */
  stage.opened = () => stage.server.metric("tutti_connections_opened_total");
  /** A conversation of two with so many messages from the other. */
  stage.talk = async (one, other, count) => {
    const [to, from] = await Promise.all([stage.server.person(one.name), stage.server.person(other.name)]);
    const conversation = await stage.server.direct(to, from);
    for (let number = 1; number <= count; number++) await stage.server.say(from, conversation, `message ${number}`);
  };
  return stage;
}

class Person {
  sockets = [];
  console = [];

  constructor(context, page, name) {
    this.context = context;
    this.page = page;
    this.name = name;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => this.console.push(message.text()));
    page.on("websocket", (socket) => this.sockets.push(socket.url()));
  }

  static async at(stage, name) {
    const context = await stage.browser.newContext();
    stage.contexts.push(context);
    const page = await context.newPage();
    page.on("pageerror", (error) => stage.uncaught.push(error));
    const person = new Person(context, page, name);
    await page.goto(stage.address);
    return person;
  }

  async signIn() {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("heading", { name: this.name }).waitFor();
  }

  /** The other's place in the list. */
  row(other, pattern = /./) {
    return this.page.locator(".row", { hasText: other.name }).filter({ hasText: pattern });
  }

  async say(text) {
    await this.page.getByLabel("Message").fill(text);
    await this.page.getByLabel("Message").press("Enter");
  }

  count() {
    return this.page.locator("li").count();
  }

  async texts() {
    await this.page.locator("li").first().waitFor();
    return this.page.locator("li").allInnerTexts();
  }
}

function build(mode, folder) {
  const vite = join(EXAMPLE, "node_modules/vite/bin/vite.js");
  const environment = { ...process.env, NODE_ENV: mode };
  return promisify(execFile)(process.execPath, [vite, "build", "--mode", mode, "--outDir", folder, "--emptyOutDir"], { cwd: EXAMPLE, env: environment });
}
