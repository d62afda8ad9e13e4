// The peer "bun": rooms over Bun's built-in WebSocket server (uWebSockets inside), one process, the "json dialect" of
// ../README.md. Leaves to others: who may connect (nobody is asked), history, limits, more than one process.
//
// What Bun's guide advises, and what is done with it here:
// - One set of handlers is declared for the whole server instead of listeners for each socket.
// - Rooms are native topics: `socket.subscribe(room)`. `server.publish` reaches every subscriber, the sender too
//   (`socket.publish` would leave the sender out). A closed socket leaves its topics by itself.
// - Compression is off unless `perMessageDeflate` is set: it stays off. Idle connections are pinged, as by default.
// - `development: false` is what a server in production runs with.

function answer(socket, text) {
  const { type, room, data } = JSON.parse(text);
  if (type === "publish") {
    server.publish(room, JSON.stringify({ type: "publication", room, data }));
  } else if (type === "echo") {
    socket.send(JSON.stringify({ type: "echo", data }));
  } else if (type === "subscribe") {
    socket.subscribe(room);
    socket.send(JSON.stringify({ type: "subscribed", room }));
  }
}

function upgrade(request, server) {
  if (new URL(request.url).pathname === "/ws" && server.upgrade(request)) return undefined;
  return new Response("Not a WebSocket request.", { status: 400 });
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  development: false,
  fetch: upgrade,
  websocket: { perMessageDeflate: false, message: answer },
});

console.log("ready");
