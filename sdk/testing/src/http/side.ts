// The HTTP side: finds the route, reads the request, answers or refuses, and answers repeats as before.
// Leaves what routes do to `routes.ts`, and the form of a `fetch` to `fetch.ts`.

import type { ErrorCode } from "@tutti/client";
import { type Caller, verify } from "../connections/tokens";
import type { Domains } from "../domains";
import type { Faults } from "../faults";
import { invalid, Refusal } from "../refusal";
import { parse } from "../wire/requests";
import { bytes, malformed } from "../wire/shapes";
import { type Call, type HttpRoute, type Route, ROUTES } from "./routes";

/** What a request is answered with. */
export interface Answer {
  status: number;
  body: unknown;
  /** In milliseconds. */
  retryAfterMs?: number;
}

/** A request, before it has been read. */
export interface Asked {
  method: string;
  url: URL;
  headers: Headers;
  text: string;
}

/** The route that a request asks for. */
interface Found {
  name: HttpRoute;
  params: Readonly<Record<string, string>>;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400, validation_failed: 422, unauthenticated: 401, forbidden: 403, not_found: 404, conflict: 409, payload_too_large: 413,
  rate_limited: 429, unavailable: 503, internal: 500,
};
const BASE = "/api/v1";
const MAX_BODY_BYTES = 65_536;
const MAX_KEY_BYTES = 128;
/** Answers that are kept for repeats of a POST. */
export const MOST_ANSWERS = 1000;
const NOBODY: Caller = { user: "", name: null, roles: [], expiresAt: 0 };

export class HttpSide {
  /** What POSTs with a key were answered, by user, path and key. */
  readonly #answers = new Map<string, { text: string; answer: Answer }>();

  constructor(private readonly domains: Domains, private readonly faults: Faults) {}

  #callerOf(headers: Headers): Caller {
    const [, token] = /^(?:Bearer|Token) (.+)$/.exec(headers.get("Authorization") ?? "") ?? [];
    if (token === undefined) throw new Refusal("unauthenticated", "a token is needed");
    const caller = verify(token, this.domains.clock);
    this.domains.directory.seen(caller.user, caller.name);
    return caller;
  }

  /** Whose request it is; null where its token says nothing. */
  userOf(headers: Headers): string | null {
    try {
      return this.#callerOf(headers).user;
    } catch {
      return null;
    }
  }

  /** Answers a request; refusals are answers too. */
  answer(asked: Asked): Answer {
    try {
      return this.#once(asked);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      const { retryAfterMs } = thrown.more;
      const body = { error: { ...thrown.body, request_id: this.domains.ids.next() } };
      return { status: STATUS[thrown.code], body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
  }

  /** A POST that is repeated with its key is answered as it was before. */
  #once(asked: Asked): Answer {
    if (bytes(asked.text) > MAX_BODY_BYTES) throw new Refusal("payload_too_large", `a body has at most ${MAX_BODY_BYTES} bytes`, { limit: MAX_BODY_BYTES });
    const key = asked.method === "POST" ? asked.headers.get("Idempotency-Key") : null;
    if (key !== null && (key === "" || bytes(key) > MAX_KEY_BYTES)) throw invalid("Idempotency-Key", `a key has 1 to ${MAX_KEY_BYTES} visible characters`);
    if (key === null || !asked.headers.has("Authorization")) return this.#carryOut(asked, key);
    const place = JSON.stringify([this.#callerOf(asked.headers).user, asked.url.pathname, key]);
    const before = this.#answers.get(place);
    if (before !== undefined && before.text !== asked.text) throw new Refusal("conflict", "this key was used with another body");
    const answer = before?.answer ?? this.#carryOut(asked, key);
    this.#keep(place, asked.text, answer);
    return answer;
  }

  #keep(place: string, text: string, answer: Answer): void {
    this.#answers.set(place, { text, answer });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }

  #carryOut(asked: Asked, key: string | null): Answer {
    const found = find(asked.method, asked.url.pathname);
    if (found === null) throw unknownAddress(asked.url.pathname);
    const route: Route = ROUTES[found.name];
    const caller = route.open === true ? NOBODY : this.#callerOf(asked.headers);
    this.faults.check(found.name);
    if (route.counts !== null) this.domains.rates.check(route.counts, caller.user);
    const body = route.answer(this.#call(asked, found, caller, key));
    return { status: route.status ?? 200, body };
  }

  #call({ url, text }: Asked, { params }: Found, caller: Caller, key: string | null): Call {
    const query = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
    return {
      domains: this.domains,
      caller,
      path: (name) => params[name] ?? "",
      query,
      number: (name) => readNumber(name, query(name)),
      body: (shape) => shape(parse(text === "" ? "{}" : text), ""),
      key,
    };
  }
}

function readNumber(name: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,10}$/.test(text)) throw malformed(name, `\`${name}\` is a whole number`);
  return text === undefined ? undefined : Number(text);
}

/** Every route as it is looked for: method, pattern of the path, and what stands in it. */
const TABLE = (Object.keys(ROUTES) as HttpRoute[]).map((name) => {
  const [method = "", path = ""] = name.split(" ");
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, param = ""]) => param);
  return { name, method, names, pattern: new RegExp(`^${BASE}${path.replaceAll(/\{\w+\}/g, "([^/]+)")}/?$`) };
});

/** The route at an address, if there is one. */
export function find(method: string, path: string): Found | null {
  for (const route of TABLE) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match !== null) return { name: route.name, params: Object.fromEntries(route.names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? "")])) };
  }
  return null;
}

function unknownAddress(path: string): Refusal {
  const otherMethod = TABLE.some(({ pattern }) => pattern.test(path));
  return otherMethod ? new Refusal("invalid_request", "this address does not take that method") : new Refusal("not_found", "no such address");
}
