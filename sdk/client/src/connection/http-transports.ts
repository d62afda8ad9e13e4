// The transports without WebSocket, together as one piece of code that is loaded only where they are needed.

export { pollingSocket } from "./polling";
export { sseSocket } from "./sse";
