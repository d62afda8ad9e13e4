// The HTTP side in the form of a `fetch`, for requests as @tutti/client makes them: an address, and a text as the body.

import type { Clock } from "@tutti/client";
import type { Faults } from "../faults";
import { type Answer, type Asked, find, type HttpSide } from "./side";

/** A `fetch` that asks the fake server. `heard` is told of every request. */
export function fetchFrom(side: HttpSide, faults: Faults, clock: Clock, heard: (asked: Asked) => void): typeof fetch {
  return async (input, init) => {
    const asked = read(input, init);
    heard(asked);
    await wait(clock, faults.delayMs, init?.signal ?? null);
    const route = find(asked.method, asked.url.pathname);
    const answer = side.answer(asked);
    if (route !== null && faults.drops(route.name)) throw new TypeError("the answer was lost");
    return write(answer);
  };
}

function read(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Asked {
  const address = typeof input === "string" || input instanceof URL ? input : input.url;
  return { method: init?.method ?? "GET", url: new URL(address), headers: new Headers(init?.headers), text: typeof init?.body === "string" ? init.body : "" };
}

/** Lets the clock pass on, unless the request is given up before. */
function wait(clock: Clock, ms: number, signal: AbortSignal | null): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, resolve);
    signal?.addEventListener("abort", () => {
      stop();
      reject(new DOMException("The request was given up.", "AbortError"));
    });
  });
}

function write({ status, body, retryAfterMs }: Answer): Response {
  const headers = { "Content-Type": "application/json", ...(retryAfterMs === undefined ? {} : { "Retry-After": String(Math.ceil(retryAfterMs / 1000)) }) };
  return status === 204 ? new Response(null, { status }) : new Response(JSON.stringify(body), { status, headers });
}
