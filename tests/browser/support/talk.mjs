// The scene of the SDK's tests: a real server, a site whose pages have the SDK, and for each test Alice and Bob with a
// conversation and a fresh browser profile. Leaves to the tests what runs in the pages.
import { after, afterEach, before, beforeEach } from "node:test";
import { launchBrowser } from "./console.mjs";
import { Server } from "./server.mjs";
import { Site } from "./site.mjs";

export let site;
export let server;
export let browser;
export let context;
export let alice;
export let bob;
export let conversation;

/** Sets the scene for the tests of a file. `settings`: of the server, beside the site's origin. */
export function setUp(settings = {}) {
  before(async () => {
    site = await Site.start();
    server = await Server.start({ TUTTI_SERVER__ALLOWED_ORIGINS: site.origin, ...settings });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    await site?.stop();
  });
  beforeEach(async () => {
    [alice, bob] = await Promise.all([server.person(`Alice ${Date.now()}`), server.person(`Bob ${Date.now()}`)]);
    conversation = await server.direct(alice, bob);
    context = await browser.newContext();
  });
  afterEach(() => context?.close());
}
