// A web site of an application that uses the SDK, from an origin of its own: real scripts over HTTP, as SharedWorkers need.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SDK = fileURLToPath(new URL("../../../sdk/client/", import.meta.url));
const PAGES = fileURLToPath(new URL("../pages/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

export class Site {
  #server;
  #folder;
  origin = "";

  /** Serves what `build` puts into a folder: by default the SDK as it is shipped, and the pages. */
  static async start(build = buildPages) {
    const site = new Site();
    site.#folder = await mkdtemp(join(tmpdir(), "tutti-site-"));
    await build(site.#folder);
    site.#server = createServer((request, response) => void site.#answer(request, response)).listen(0, "127.0.0.1");
    await once(site.#server, "listening");
    site.origin = `http://127.0.0.1:${site.#server.address().port}`;
    return site;
  }

  async stop() {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Opens the page with nothing on it but the SDK in `window.tutti`, or loads it again. */
  async openBlank(page) {
    await page.goto(`${this.origin}/blank.html`);
    await page.waitForFunction(() => window.tutti !== undefined);
  }

  /** Lets the pages of a context find the site also while they are offline. */
  async serveOffline(context) {
    // A page that came from no server counts as one of the internet, which may open no WebSocket to this machine.
    await context.grantPermissions(["local-network-access"], { origin: this.origin });
    await context.route(`${this.origin}/*`, async (route) => {
      const { status, type, content } = await this.#find(route.request().url());
      await route.fulfill({ status, contentType: type, body: content });
    });
  }

  async #answer(request, response) {
    const { status, type, content } = await this.#find(request.url);
    response.writeHead(status, { "content-type": type });
    response.end(content);
  }

  async #find(address) {
    const { pathname } = new URL(address, this.origin);
    const name = pathname === "/" ? "index.html" : pathname;
    const content = await readFile(join(this.#folder, name)).catch(() => null);
    return { status: content === null ? 404 : 200, type: TYPES[extname(name)] ?? "text/plain", content: content ?? "" };
  }
}

async function buildPages(folder) {
  await promisify(execFile)(join(SDK, "node_modules/.bin/tsdown"), ["--out-dir", folder, "--no-dts"], { cwd: SDK });
  await cp(PAGES, folder, { recursive: true });
}
