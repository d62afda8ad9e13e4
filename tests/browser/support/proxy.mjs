// A proxy in front of the server that lets through what a test allows: networks with opinions, in small.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { connect } from "node:net";

export class Proxy {
  #http = createServer((incoming, outgoing) => this.#forward(incoming, outgoing));
  #sockets = new Set();
  #target;
  /** Refuses WebSockets, and event streams. */
  blocked = { upgrades: false, streams: false };
  url = "";

  constructor(target) {
    this.#target = new URL(target);
    this.#http.on("upgrade", (incoming, socket, head) => this.#upgrade(incoming, socket, head));
    this.#http.on("connection", (socket) => this.#keep(socket));
  }

  /** In front of the server with this address. */
  static async start(target) {
    const proxy = new Proxy(target);
    proxy.#http.listen(0, "127.0.0.1");
    await once(proxy.#http, "listening");
    proxy.url = `http://127.0.0.1:${proxy.#http.address().port}`;
    return proxy;
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#http.close();
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // The other side hears of it by the close.
    socket.on("error", () => socket.destroy());
  }

  #forward(incoming, outgoing) {
    if (this.blocked.streams && incoming.url.startsWith("/api/v1/events") && !incoming.url.startsWith("/api/v1/events/poll")) {
      outgoing.writeHead(403, { "content-type": "text/html" }).end("<h1>Blocked</h1>");
      return;
    }
    const { hostname: host, port } = this.#target;
    const onward = request({ host, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  }

  #upgrade(incoming, socket, head) {
    if (this.blocked.upgrades) return socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    const onward = connect(this.#target.port, this.#target.hostname);
    this.#keep(onward);
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
    onward.write(`${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
    socket.on("close", () => onward.destroy());
    onward.on("close", () => socket.destroy());
  }
}
