// The peer "socket.io": rooms over Socket.IO 4 with its own in-memory adapter, one process, the "socketio dialect" of
// ../README.md. Leaves to others: who may connect (nobody is asked), history, limits, more than one process.
//
// What the project's guide advises, and what is done with it here:
// - Rooms: `socket.join(room)`, then `io.to(room).emit(...)`, which reaches the sender too. Everybody leaves their
//   rooms by disconnecting; the adapter encodes a broadcast once.
// - Performance: install the native modules of `ws`. `bufferutil` is in package.json; `utf-8-validate` is left out,
//   since `ws` does not load it on a Node that checks UTF-8 itself. The third-party engine that the guide also names
//   (`eiows`) is not used: this is Socket.IO as it is installed.
// - Memory: the first HTTP request of each session is kept for session middleware; who has none may drop it: it is.
// - Without HTTP long polling (`transports`), a session starts as a WebSocket and no sticky load balancer is needed.
// - permessage-deflate stays off, as it is by default. The heartbeat (a ping every 25 seconds) stays on.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });

io.engine.on("connection", (connection) => {
  connection.request = null;
});

io.on("connection", (socket) => {
  socket.on("subscribe", (room) => {
    socket.join(room);
    socket.emit("subscribed", room);
  });
  socket.on("publish", (room, data) => io.to(room).emit("publication", room, data));
  socket.on("echo", (data) => socket.emit("echo", data));
});

http.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("ready"));
