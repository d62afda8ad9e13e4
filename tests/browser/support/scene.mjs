// What every test file needs: one server and one browser for all its tests, names that nobody else has, and windows that are
// closed, and looked through for uncaught errors, at the end of each test.
import { after, afterEach, before } from "node:test";
import { launchBrowser, Window } from "./console.mjs";
import { Server } from "./server.mjs";
import { until } from "./wait.mjs";

/** Registers the hooks of a test file; what it returns is filled before the first test. */
export function scene() {
  const stage = {
    server: null,
    browser: null,
    windows: [],
    count: 0,

    /** A name that nobody else in this file has. */
    name(first) {
      return `${first} ${++stage.count}`;
    },

    async open(options) {
      return stage.keep(await Window.open(stage.browser, stage.server.url, options));
    },

    async signIn(name, options) {
      return stage.keep(await Window.signedIn(stage.browser, stage.server.url, name, options));
    },

    keep(window) {
      stage.windows.push(window);
      return window;
    },

    /** Two people with their conversation open in both windows, and its first words read. */
    async pair() {
      const [alice, bob] = [stage.name("Alice"), stage.name("Bob")];
      const one = await stage.signIn(alice);
      const other = await stage.signIn(bob);
      await one.startConversation(bob);
      await one.send("first words");
      await one.sees("first words", "sent");
      await other.openConversation(alice);
      await other.sees("first words", "sent");
      await until(async () => /Seen by/.test(await one.message("first words").innerText()), "the first words are read");
      return { alice, bob, one, other };
    },
  };

  before(async () => {
    stage.server = await Server.start();
    stage.browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const window of stage.windows.splice(0)) await window.close();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
  });
  return stage;
}
