// The peer "ws": rooms over the `ws` package on Node.js, one process, the "json dialect" of ../README.md.
// Leaves to others: who may connect (nobody is asked), history, limits, more than one process.
//
// What the package's guide advises, and what is done with it here:
// - Broadcast: walk over the clients, ask each whether it is still open, give all of them the same bytes. So a
//   publication becomes a Buffer once, and each member is sent that Buffer as a text frame.
// - permessage-deflate costs much memory and time and stays off unless it is needed: it is off, as by default.
// - `bufferutil` (a prebuilt native module, in package.json) makes unmasking faster on this Node; `utf-8-validate` is
//   no longer loaded by a Node that checks UTF-8 itself, so it is left out.
// - Connections that died silently are found by a ping every 30 seconds and ended when the last ping had no pong.

import WebSocket, { WebSocketServer } from "ws";

const PING_EVERY_MS = 30_000;
const AS_TEXT = { binary: false };

const rooms = new Map();
const answered = new WeakSet();

function subscribe(socket, room) {
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.rooms.add(room);
  socket.send(JSON.stringify({ type: "subscribed", room }));
}

function publish(room, data) {
  const frame = Buffer.from(JSON.stringify({ type: "publication", room, data }));
  for (const member of rooms.get(room) ?? []) {
    if (member.readyState === WebSocket.OPEN) member.send(frame, AS_TEXT);
  }
}

function receive(socket, bytes) {
  const { type, room, data } = JSON.parse(bytes);
  if (type === "publish") publish(room, data);
  else if (type === "echo") socket.send(JSON.stringify({ type: "echo", data }));
  else if (type === "subscribe") subscribe(socket, room);
}

function leave(socket) {
  for (const room of socket.rooms) {
    const members = rooms.get(room);
    members.delete(socket);
    if (members.size === 0) rooms.delete(room);
  }
}

function ping(socket) {
  if (!answered.delete(socket)) return socket.terminate();
  socket.ping();
}

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  path: "/ws",
  perMessageDeflate: false,
});

server.on("connection", (socket) => {
  socket.rooms = new Set();
  answered.add(socket);
  socket.on("error", console.error);
  socket.on("pong", () => answered.add(socket));
  socket.on("message", (bytes) => receive(socket, bytes));
  socket.on("close", () => leave(socket));
});
server.on("listening", () => console.log("ready"));
setInterval(() => server.clients.forEach(ping), PING_EVERY_MS);
