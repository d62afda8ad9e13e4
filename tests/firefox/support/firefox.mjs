// Firefox as Debian ships it, driven by WebDriver BiDi, and what all files of tests need of it: windows and tabs of people who
// know nothing of each other, closed, and looked through for uncaught errors, at the end of each test.
import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { after, afterEach, before } from "node:test";
import puppeteer from "puppeteer-core";
import { PATIENCE_MS } from "../../browser/support/wait.mjs";

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

function launch() {
  try {
    accessSync(FIREFOX, constants.X_OK);
  } catch {
    throw new Error(`there is no Firefox at ${FIREFOX}: \`apt-get install firefox-esr\`, or say where it is in FIREFOX`);
  }
  return puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
}

/**
 * Runs in each page. Firefox's own log has failed connections as errors too, so what scripts left uncaught is taken from the
 * events; a warning of the browser's own, such as that of a ResizeObserver, has no `error`.
 */
function listenForUncaught() {
  window.addEventListener("error", ({ error }) => error && window.tellUncaught(String(error)));
  window.addEventListener("unhandledrejection", ({ reason }) => window.tellUncaught(String(reason)));
}

/** Registers the hooks of a test file. What it returns has a browser from the first test on. */
export function firefox() {
  const stage = {
    browser: null,
    people: [],
    uncaught: [],

    /** Somebody with storage and cookies of their own; `tab()` opens a page in a window of its own, so that it is seen. */
    async person() {
      const context = await stage.browser.createBrowserContext();
      stage.people.push(context);
      return { tab: () => stage.tab(context) };
    },

    async tab(context) {
      const page = await context.newPage({ type: "window" });
      page.setDefaultTimeout(PATIENCE_MS);
      await page.exposeFunction("tellUncaught", (what) => stage.uncaught.push(what));
      await page.evaluateOnNewDocument(listenForUncaught);
      return page;
    },
  };
  before(async () => {
    stage.browser = await launch();
  });
  afterEach(async () => {
    for (const context of stage.people.splice(0)) await context.close();
    assert.deepEqual(stage.uncaught.splice(0), [], "errors that nothing caught");
  });
  after(() => stage.browser?.close());
  return stage;
}
