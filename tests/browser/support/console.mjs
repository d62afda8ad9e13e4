// A window of the console in a real browser, and what a person does in it. Each window is a browser context of its own, so
// that two windows are two people.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { PATIENCE_MS, until, untilEqual } from "./wait.mjs";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ARGUMENTS,
  });
}

export class Window {
  /** Errors that nothing caught: a test that ends with one has failed. */
  uncaught = [];

  constructor(context, page, url) {
    this.context = context;
    this.page = page;
    this.url = url;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.uncaught.push(error));
  }

  /** A window at the front door. */
  static async open(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
    const window = new Window(context, await context.newPage(), url);
    await window.page.goto(url);
    return window;
  }

  /** A window in which somebody is signed in. */
  static async signedIn(browser, url, name, options) {
    const window = await Window.open(browser, url, options);
    await window.at("sign-in-name").fill(name);
    await window.at("sign-in-submit").click();
    await window.connected();
    return window;
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.uncaught, [], "errors that nothing caught");
  }

  at(testId) {
    return this.page.getByTestId(testId);
  }

  /** Waits for a state of the connection. */
  state(state, timeoutMs) {
    const bar = this.at("connection-state");
    return untilEqual(() => bar.getAttribute("data-state"), state, "the state of the connection", timeoutMs);
  }

  connected(timeoutMs) {
    return this.state("connected", timeoutMs);
  }

  /** Starts a direct conversation with somebody who has signed in before. */
  async startConversation(name) {
    await this.at("new-conversation").click();
    await this.at("person-search").fill(name);
    await this.at("person-option").filter({ hasText: name }).click();
    await this.at("create-conversation").click();
    await this.at("composer").waitFor();
  }

  item(name) {
    return this.at("conversation-item").filter({ hasText: name });
  }

  async openConversation(name) {
    await this.item(name).click();
    await this.at("composer").waitFor();
  }

  async send(text) {
    await this.at("composer").fill(text);
    await this.at("send").click();
  }

  message(text) {
    return this.at("message").filter({ hasText: text });
  }

  /** Waits for a message; with the given delivery, if one is given. */
  async sees(text, delivery) {
    await this.message(text).waitFor();
    if (delivery) await untilEqual(() => this.message(text).getAttribute("data-delivery"), delivery, `delivery of ${text}`);
  }

  /** Waits until something can be read in the timeline's own words. */
  async reads(pattern, what) {
    const log = this.page.getByRole("log", { name: "Messages" });
    await until(async () => pattern.test(await log.innerText()), what ?? String(pattern));
  }

  /** Position and id of each message on the screen, from top to bottom. */
  rows() {
    return this.at("message").evaluateAll((articles) =>
      articles
        .map((article) => ({ top: article.getBoundingClientRect().top, ...article.dataset }))
        .sort((one, other) => one.top - other.top)
        .map(({ seq, messageId, delivery }) => ({ seq: Number(seq), id: messageId, delivery })),
    );
  }

  /** The texts of the messages on the screen, from top to bottom, as far as they are among these. */
  async texts(known) {
    const shown = await this.at("message").evaluateAll((articles) =>
      articles
        .map((article) => ({ top: article.getBoundingClientRect().top, text: article.innerText }))
        .sort((one, other) => one.top - other.top)
        .map(({ text }) => text.split("\n")),
    );
    return shown.map((lines) => lines.find((line) => known.includes(line))).filter((text) => text !== undefined);
  }
}
