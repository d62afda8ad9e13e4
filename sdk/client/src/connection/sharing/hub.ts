// One connection to the server and the tabs that share it. To a tab it is a socket, to the server one client.
//
// Durable events, presence and typing go to every tab, which know what to make of them as on a connection of their own;
// publications go to the tabs that listen; replies go to the tab that asked, and what they changed to its siblings.
// A logout by one tab ends the session for all. A hub ends with its connection and is not used again: each tab is told the
// close and connects anew by its own rules.
// Leaves tokens and welcomes, channels, presence and positions to their files, and how tabs reach it to pipe.ts.

import { CLOSE_CODES, type Command, type Ref, type ServerFrame } from "../../generated/protocol";
import { type Clock, Timer } from "../clock";
import { ANSWER_MS } from "../liveness";
import {
  decode, encode, type FrameData, GOODBYE_CODE, LEAVE_CODE, type Link, LOST_CODE, RECONNECT_NOW_CODE, type Socket, type SocketFactory, type SocketHandlers, socketUrl,
  SUB_PROTOCOL,
} from "../transport";
import { Channels } from "./channels";
import { type Answer, type Asked, type Desk, type Tab, withoutRef } from "./desk";
import { Door } from "./door";
import { Follows } from "./follows";
import { siblingPush } from "./siblings";

export interface HubOptions {
  /** Base address of the server. */
  server: string;
  /** The user id that every tab's token must name. */
  user: string;
  /** Opens the connection. */
  socket: SocketFactory;
  clock: Clock;
  /** The connection is over, and no tab is left. */
  ended(): void;
}

/** Why a tab is to connect anew, at once: the advice is for those that are not welcomed yet. */
export const MOVED = "another tab keeps the connection now; retry_after_ms=0";
const NOT_YOURS = "another tab's token was refused; retry_after_ms=0";

/** Tabs on one connection. */
export const MOST_TABS = 64;
/** Requests of one tab that are not answered yet. */
export const MOST_UNANSWERED = 500;
const UNANSWERED_PAUSE_MS = 1000;

const REFUSED = 4001;
const TOO_MANY = 4029;
const SILENT = 4101;

interface Pending {
  tab: Tab | null;
  ref: Ref | undefined;
  replied: ((reply: ServerFrame) => void) | undefined;
}

export class Hub implements Desk {
  readonly #tabs = new Set<Tab>();
  readonly #pending = new Map<Ref, Pending>();
  readonly #channels = new Channels(this);
  readonly #follows = new Follows(this);
  readonly #doubt: Timer;
  #socket: Socket | null = null;
  #over = false;
  #lastRef = 0;
  #link: Partial<Link> | null = null;
  readonly #door: Door;

  constructor(private readonly options: HubOptions) {
    this.#doubt = new Timer(options.clock);
    this.#door = new Door(this, options);
  }

  /** A tab comes; for the first one the connection is opened. What it gets is a socket, and closing that is leaving. */
  attach(handlers: SocketHandlers): Socket {
    const tab: Tab = { handlers, welcomed: false, attached: true, unanswered: 0, knocking: null };
    if (this.#tabs.size >= MOST_TABS) this.#dismiss(tab, TOO_MANY);
    else this.#tabs.add(tab);
    if (this.#socket === null) this.#open();
    else if (tab.attached && this.#link !== null) handlers.opened(this.#link);
    return {
      send: (data) => {
        if (tab.attached) this.#take(tab, data);
      },
      close: (code) => this.#leave(tab, code),
    };
  }

  /** Gives the connection up, because another hub takes the tabs over. */
  moveAway(): void {
    if (!this.#over) this.#end(LEAVE_CODE, () => [RECONNECT_NOW_CODE, MOVED]);
  }

  forward(tab: Tab | null, command: Command & { ref?: Ref }, replied?: (reply: ServerFrame) => void): void {
    if (this.#over) return;
    const ref = ++this.#lastRef;
    this.#pending.set(ref, { tab, ref: command.ref, replied });
    this.#socket?.send(encode(command, ref));
  }

  answer(tab: Tab, ref: Ref | undefined, answer: Answer): void {
    tab.unanswered--;
    this.push(tab, ref === undefined ? answer : { ...answer, ref });
  }

  send(command: Command): void {
    this.#socket?.send(encode(command));
  }

  push(tab: Tab, frame: ServerFrame): void {
    this.#say(tab, JSON.stringify(frame));
  }

  #open(): void {
    try {
      this.#socket = this.options.socket(socketUrl(this.options.server), SUB_PROTOCOL, {
        opened: (link) => this.#opened({ protocol: SUB_PROTOCOL, ...link }),
        message: (data) => this.#received(data),
        closed: (code, reason) => this.#closed(code, reason),
      });
    } catch {
      this.#closed(LOST_CODE, "the socket could not be opened");
    }
  }

  #say(tab: Tab, text: string): void {
    if (tab.attached) tab.handlers.message(text);
  }

  #broadcast(text: string, except: Tab | null = null): void {
    for (const tab of [...this.#tabs]) if (tab.welcomed && tab !== except) this.#say(tab, text);
  }

  // What a tab says.

  #take(tab: Tab, data: FrameData): void {
    const command = readCommand(data);
    if (command === null) return this.push(tab, { type: "error", code: "invalid_request", message: "this is no frame", retryable: false });
    if (!tab.welcomed) return command.type === "auth" && this.#door.knock(tab, command) ? undefined : this.#dismiss(tab, REFUSED);
    // These two have no reply, so nothing waits for one.
    if (command.type === "logout") return this.#logout();
    if (command.type === "typing") return this.send(withoutRef(command));
    tab.unanswered++;
    if (tab.unanswered > MOST_UNANSWERED) return this.answer(tab, command.ref, TOO_MANY_REQUESTS);
    this.#route(tab, command);
  }

  #route(tab: Tab, command: Asked): void {
    switch (command.type) {
      case "auth": return this.#door.renew(tab, command);
      case "ping": return this.#ping(tab, command);
      case "subscribe":
      case "unsubscribe": return this.#channels.ask(tab, command);
      case "presence_subscribe": return this.#follows.subscribe(tab, command);
      case "presence_unsubscribe": return this.#follows.unsubscribe(tab, command);
      case "publish": return this.forward(tab, command, (reply) => this.#published(tab, command, reply));
      default: return this.forward(tab, command);
    }
  }

  /** When nothing at all follows a ping the connection is dead, and a tab that came anew would find it so again. */
  #ping(tab: Tab, command: Asked<"ping">): void {
    if (!this.#doubt.running) this.#doubt.set(ANSWER_MS, () => this.#end(LEAVE_CODE, () => [SILENT, CLOSE_CODES[SILENT].reason]));
    this.forward(tab, command);
  }

  /** The server spares the whole connection what is published with `exclude_sender`; only the tab that sent it should be. */
  #published(tab: Tab, command: Asked<"publish">, reply: ServerFrame): void {
    if (command.exclude_sender !== true || reply.type !== "published" || reply.duplicate || reply.offset === undefined) return;
    const sent_at = this.#door.serverTime();
    const { channel, data } = command;
    this.#channels.publication({ type: "publication", channel, offset: reply.offset, from: this.options.user, data, sent_at }, JSON.stringify(data).length, tab);
  }

  #logout(): void {
    this.send({ type: "logout" });
    this.#end(GOODBYE_CODE, () => [GOODBYE_CODE, "logged out"]);
  }

  #leave(tab: Tab, code: number): void {
    if (!tab.attached) return;
    tab.attached = false;
    this.#tabs.delete(tab);
    if (this.#tabs.size === 0) return this.#end(code, () => [code, ""]);
    this.#channels.leave(tab);
    this.#follows.leave(tab);
  }

  #dismiss(tab: Tab, code: typeof REFUSED | typeof TOO_MANY): void {
    this.#leave(tab, LEAVE_CODE);
    tab.attached = false;
    tab.handlers.closed(code, CLOSE_CODES[code].reason);
  }

  // What the server says.

  #opened(link: Partial<Link>): void {
    this.#link = link;
    for (const tab of [...this.#tabs]) tab.handlers.opened(link);
  }

  #received(data: FrameData): void {
    if (this.#over || typeof data !== "string") return;
    this.#doubt.stop();
    const frame = decode(data);
    // A newer server's, perhaps: each tab knows what to make of it.
    if (frame === null) return this.#broadcast(data);
    if (frame.type === "welcome") return this.#door.welcomed(frame, this.#tabs);
    const pending = frame.ref === undefined ? undefined : this.#pending.get(frame.ref);
    if (pending !== undefined) this.#replied(pending, frame);
    else this.#told(frame, data);
  }

  #replied(pending: Pending, frame: ServerFrame): void {
    const { ref, ...answer } = frame;
    if (ref !== undefined) this.#pending.delete(ref);
    const push = siblingPush(frame);
    if (push !== null) this.#tell(push, JSON.stringify(push), pending.tab);
    if (pending.tab !== null) this.answer(pending.tab, pending.ref, answer);
    pending.replied?.(frame);
  }

  #told(frame: ServerFrame, text: string): void {
    if (frame.type === "publication") return this.#channels.publication(frame, text.length);
    if (frame.type === "channel_member_joined" || frame.type === "channel_member_left") return this.#channels.tell(frame);
    if (this.#door.events !== null) return this.#tell(frame, text, null);
    // Why the sign-in is refused.
    if (this.#door.presenter !== null) this.#say(this.#door.presenter, text);
  }

  /** To all tabs, and to those who come later if it has a place in a conversation. */
  #tell(frame: ServerFrame, text: string, except: Tab | null): void {
    if (frame.offset !== undefined || frame.event_id !== undefined) this.#door.events?.add(frame, text.length);
    this.#broadcast(text, except);
  }

  #closed(code: number, reason: string): void {
    if (this.#over) return;
    // A refused token is the fault of the tab that brought it: the others try their own.
    const refused = this.#door.events === null && code === REFUSED;
    this.#end(null, (tab) => (refused && tab !== this.#door.presenter ? [RECONNECT_NOW_CODE, NOT_YOURS] : [code, reason]));
  }

  /** `code`: what the server's connection is closed with, if it is not closed yet. `told`: what each tab hears. */
  #end(code: number | null, told: (tab: Tab) => [number, string]): void {
    this.#over = true;
    this.#doubt.stop();
    this.#pending.clear();
    if (code !== null) this.#socket?.close(code);
    const tabs = [...this.#tabs];
    this.#tabs.clear();
    this.options.ended();
    for (const tab of tabs) {
      tab.attached = false;
      tab.handlers.closed(...told(tab));
    }
  }
}

const TOO_MANY_REQUESTS: Answer = {
  type: "error", code: "rate_limited", message: "too many requests are waiting for their reply", retryable: true, retry_after_ms: UNANSWERED_PAUSE_MS,
};

/** A tab's frame, as far as it matters here: the server judges the rest. */
function readCommand(data: FrameData): Asked | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "type" in value ? (value as Asked) : null;
  } catch {
    return null;
  }
}
