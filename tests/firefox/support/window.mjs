// The console in a window of Firefox, and what a person does in it: the few steps of the main flow.
import { until, untilEqual } from "../../browser/support/wait.mjs";

/** The SDK waits longer after each attempt that failed. */
const COMING_BACK_MS = 45_000;

export class Window {
  constructor(page) {
    this.page = page;
  }

  /** A window in which somebody is signed in. */
  static async signedIn(page, url, name) {
    const window = new Window(page);
    await page.goto(url);
    await window.fill("sign-in-name", name);
    await window.click("sign-in-submit");
    await window.connected();
    return window;
  }

  /** What has this test id, and this text in it. */
  at(testId, text = "") {
    return this.page.locator(`::-p-xpath(//*[@data-testid="${testId}"][contains(., "${text}")])`);
  }

  /** Whoever does something has the window before them: what is behind another one is hardly drawn, and never at rest. */
  async click(testId, text) {
    await this.page.bringToFront();
    await this.at(testId, text).click();
  }

  async fill(testId, value) {
    await this.page.bringToFront();
    await this.at(testId).fill(value);
  }

  /** An attribute of everything with this test id, with its text. */
  all(testId, attribute) {
    return this.page.$$eval(`[data-testid="${testId}"]`, (elements, name) => elements.map((one) => ({ value: one.getAttribute(name), text: one.innerText })), attribute);
  }

  async connection() {
    return (await this.all("connection-state", "data-state"))[0]?.value;
  }

  connected() {
    return untilEqual(() => this.connection(), "connected", "the connection", COMING_BACK_MS);
  }

  async startConversation(name) {
    await this.click("new-conversation");
    await this.fill("person-search", name);
    // The list is everybody's until the search answers; a click meanwhile would hit whoever takes the place.
    await untilEqual(async () => (await this.all("person-option", "role")).length, 1, `only ${name} is found`);
    await this.click("person-option", name);
    await this.click("create-conversation");
    await this.at("composer").wait();
  }

  async openConversation(name) {
    await this.click("conversation-item", name);
    await this.at("composer").wait();
  }

  async send(text) {
    await this.fill("composer", text);
    await this.click("send");
  }

  /** Waits for a message that is stored, and is there once. */
  sees(text) {
    return untilEqual(
      async () => (await this.all("message", "data-delivery")).filter((one) => one.text.includes(text)).map(({ value }) => value),
      ["sent"],
      `one message ${text}`,
      COMING_BACK_MS,
    );
  }

  /** Number and id of each message, from top to bottom. */
  rows() {
    return this.page.$$eval('[data-testid="message"]', (articles) =>
      articles
        .map((article) => ({ top: article.getBoundingClientRect().top, seq: Number(article.dataset.seq), id: article.dataset.messageId }))
        .sort((one, other) => one.top - other.top)
        .map(({ seq, id }) => ({ seq, id })),
    );
  }

  /** Waits until a message says of itself that somebody has seen it. */
  seenBy(text, name) {
    const says = (one) => one.text.includes(text) && one.text.includes(`Seen by ${name}`);
    return until(async () => (await this.all("message", "data-seq")).some(says), `${name} has seen ${text}`);
  }

  /** The numbers beside the conversations. */
  async badges() {
    return (await this.all("unread-badge", "class")).map(({ text }) => Number.parseInt(text, 10));
  }
}
