// A server in memory: sockets, the HTTP routes that the SDK reads, and one user's view of conversations with numbered events.
// Answers like the real one unless a test puts its own answer in; keeps every frame and request for the test to look at.

import type { Command, Conversation, Message, Ref, ServerFrame, Socket, SocketFactory, SocketHandlers } from "../../src/index";
import { conversation, message, welcome } from "./fixtures";

type Sent = Command & { ref?: Ref };
type Answer = (frame: Sent, socket: FakeSocket) => void;

export class FakeSocket implements Socket {
  readonly sent: Sent[] = [];
  closedWith: number | null = null;

  constructor(private readonly server: FakeServer, readonly handlers: SocketHandlers) {}

  send(text: string): void {
    const frame = JSON.parse(text) as Sent;
    this.sent.push(frame);
    queueMicrotask(() => this.server.answer(frame, this));
  }

  close(code: number): void {
    this.closedWith = code;
  }

  push(frame: ServerFrame): void {
    this.handlers.message(JSON.stringify(frame));
  }

  of<T extends Command["type"]>(type: T): Extract<Sent, { type: T }>[] {
    return this.sent.filter((frame): frame is Extract<Sent, { type: T }> => frame.type === type);
  }
}

interface Room {
  info: Conversation;
  messages: Message[];
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly requests: string[] = [];
  readonly authorizations: (string | null)[] = [];
  readonly rooms = new Map<string, Room>();
  /** What the next sockets do: answer, stay silent, or fail to open. */
  mode: "open" | "silent" | "refuse" = "open";
  /** Taken instead of the usual answer, by frame type. */
  readonly answers = new Map<Command["type"], Answer>();
  /** Taken instead of the usual reply, by what the address contains. */
  readonly replies = new Map<string, () => Response | Promise<Response>>();
  welcome = (): ServerFrame => welcome();
  #event = 0;

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  readonly open: SocketFactory = (_url, _protocol, handlers) => {
    const socket = new FakeSocket(this, handlers);
    this.sockets.push(socket);
    if (this.mode === "open") queueMicrotask(() => handlers.opened());
    if (this.mode === "refuse") queueMicrotask(() => handlers.closed(1006, ""));
    return socket;
  };

  answer(frame: Sent, socket: FakeSocket): void {
    const own = this.answers.get(frame.type);
    if (own !== undefined) return own(frame, socket);
    const ref = frame.ref === undefined ? {} : { ref: frame.ref };
    if (frame.type === "auth") socket.push(frame.ref === undefined ? this.welcome() : { type: "auth_ok", expires_at: "2027-01-01T00:00:00.000Z", ...ref });
    if (frame.type === "ping") socket.push({ type: "pong", server_time: "2026-01-01T00:00:00.000Z", ...ref });
    if (frame.type === "presence_subscribe" || frame.type === "presence_unsubscribe") socket.push({ type: "presence_state", users: [], next_cursor: null, ...ref });
    if (frame.type === "presence_set") socket.push({ type: "presence_set_ok", status: frame.status, text: frame.text ?? null, ...ref });
    if (frame.type === "read_receipt") this.read(frame, socket);
    if (frame.type === "message") this.store(frame, socket);
  }

  /** Stores what a client sent, once per client_id, and replies. */
  store(frame: Extract<Sent, { type: "message" }>, socket: FakeSocket): void {
    const room = this.room(frame.conversation_id ?? "room");
    const ref = frame.ref === undefined ? {} : { ref: frame.ref };
    const before = room.messages.find((stored) => stored.client_id === frame.client_id);
    if (before !== undefined) return socket.push({ type: "message_sent", message: before, duplicate: true, ...ref });
    const stored = this.add(room.info.id, { sender_id: "alice", client_id: frame.client_id ?? null, message: frame.message });
    socket.push({ type: "message_sent", message: stored, duplicate: false, offset: room.info.offset, ...ref });
  }

  /** Moves the read position, and pushes it to the one who moved it too: the reply has no offset. */
  read(frame: Extract<Sent, { type: "read_receipt" }>, socket: FakeSocket): void {
    const room = this.room(frame.conversation_id ?? "room");
    const stored = room.messages.find((one) => one.id === frame.message_id);
    const position = { conversation_id: room.info.id, user_id: "alice", last_read_id: stored?.id ?? "0", last_read_seq: stored?.seq ?? 0 };
    socket.push({ type: "read_receipt_ok", conversations: [position], ...(frame.ref === undefined ? {} : { ref: frame.ref }) });
    socket.push({ type: "read_receipt", ...position, ...this.place(room.info.id) });
  }

  room(id = "room", over: Partial<Conversation> = {}): Room {
    const room = this.rooms.get(id) ?? { info: conversation(id, over), messages: [] };
    this.rooms.set(id, room);
    return room;
  }

  /** A message that is stored without anyone being told. */
  add(id: string, over: Partial<Message> = {}): Message {
    const room = this.room(id);
    const seq = room.info.last_seq + 1;
    const stored = message(seq, { conversation_id: id, id: `${id}-m${seq}`, ...over });
    room.messages.push(stored);
    const unread = room.info.unread + (stored.sender_id === "alice" ? 0 : 1);
    room.info = { ...room.info, last_seq: seq, offset: room.info.offset + 1, last_message: stored, unread, updated_at: stored.created_at };
    return stored;
  }

  /** A message that is stored and pushed. */
  say(id: string, over: Partial<Message> = {}): Message {
    const stored = this.add(id, over);
    this.socket.push({ type: "message", message: stored, event_id: this.nextEvent(), offset: this.room(id).info.offset });
    return stored;
  }

  /** The next offset of a conversation and an event id, for a push that a test writes itself. */
  place(id: string): { event_id: string; offset: number } {
    const room = this.room(id);
    room.info = { ...room.info, offset: room.info.offset + 1 };
    return { event_id: this.nextEvent(), offset: room.info.offset };
  }

  nextEvent(): string {
    this.#event += 1;
    return `e${this.#event}`;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    const request = `${init?.method ?? "GET"} ${url.pathname.replace("/api/v1", "")}${url.search}`;
    this.requests.push(request);
    this.authorizations.push(new Headers(init?.headers).get("Authorization"));
    for (const [part, reply] of this.replies) if (request.includes(part)) return reply();
    return this.#route(url.pathname.replace("/api/v1", ""), url.searchParams);
  };

  #route(path: string, query: URLSearchParams): Response {
    const rooms = [...this.rooms.values()];
    if (path === "/conversations") return Response.json({ conversations: rooms.map((room) => room.info), next_cursor: null });
    if (path === "/unread") return Response.json({ total: 0, mentions: 0, conversations: [] });
    const room = this.rooms.get(path.split("/")[2] ?? "");
    if (room === undefined) return refusal(404, "not_found");
    return Response.json(path.endsWith("/messages") ? page(room.messages, query) : room.info);
  }
}

export function refusal(status: number, code: string, more: Record<string, unknown> = {}): Response {
  return Response.json({ error: { code, message: code, retryable: false, ...more } }, { status });
}

function page(all: readonly Message[], query: URLSearchParams): { messages: Message[]; has_more: boolean } {
  const limit = Number(query.get("limit") ?? 20);
  const at = (name: string): number | null => all.find((stored) => stored.id === query.get(name))?.seq ?? null;
  const [before, after, around] = [at("before_id"), at("after_id"), at("around_id")];
  if (around !== null) {
    const first = Math.max(0, Math.min(around - 1 - Math.floor(limit / 2), all.length - limit));
    return { messages: all.slice(first, first + limit).reverse(), has_more: first > 0 };
  }
  if (after !== null) {
    const newer = all.filter((stored) => stored.seq > after);
    return { messages: newer.slice(0, limit).reverse(), has_more: newer.length > limit };
  }
  const older = all.filter((stored) => before === null || stored.seq < before);
  return { messages: older.slice(-limit).reverse(), has_more: older.length > limit };
}
