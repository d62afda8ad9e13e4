// The session across reloads and sign-outs. What it is used for is the views' business.

import type { User } from "@tutti/client";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Session } from "./session";

const tokens: (string | (() => Promise<string>))[] = [];
const connect = vi.fn();
const disconnect = vi.fn();
/** How the last client's connection stands, and how that changes. */
let connection: { user: User | null; signedOut: boolean };
let changed = () => undefined as void;
function become(next: typeof connection): void {
  connection = next;
  changed();
}
const logout = vi.fn();
const devSignIn = vi.fn((name: string, _roles: readonly string[]) =>
  Promise.resolve({
    token: `token ${devSignIn.mock.calls.length}`,
    user: { id: name.toLowerCase(), name },
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  }),
);

vi.mock("@tutti/client", () => ({
  createClient: ({ token }: { token: string | (() => Promise<string>) }) => {
    if (token !== "") tokens.push(token);
    const store = { subscribe: (listener: () => void) => void (changed = listener), snapshot: () => connection };
    return { api: { devSignIn }, connection: store, connect, disconnect, logout };
  },
}));

const KEY = "tutti.session";
const open = () => new Session("http://server", sessionStorage);

beforeEach(() => {
  sessionStorage.clear();
  tokens.length = 0;
  connection = { user: null, signedOut: false };
  vi.clearAllMocks();
});

describe("Session", () => {
  it("stays signed in over a reload, and not after signing out", async () => {
    const first = open();
    expect(first.snapshot()).toBeNull();
    await first.signInByName("Ada");
    const second = open();
    expect(second.snapshot()?.user).toEqual({ id: "ada", name: "Ada" });
    second.signOut();
    expect(logout).toHaveBeenCalledOnce();
    expect(open().snapshot()).toBeNull();
  });

  it("ends when its user signs out in another window, and not before there is a user", () => {
    const session = open();
    session.signInWithToken("pasted");
    const ada = { id: "ada", name: "Ada" };
    for (const user of [null, ada, ada]) {
      become({ user, signedOut: false });
      expect(session.snapshot()).toMatchObject({ user });
    }
    become({ user: null, signedOut: true });
    expect(session.snapshot()).toBeNull();
    expect(open().snapshot()).toBeNull();
  });

  it("hands out the kept token once, and a fresh one whenever it is asked again", async () => {
    const session = open();
    await session.signInByName("Ada");
    const token = tokens[0] as () => Promise<string>;
    expect(await token()).toBe("token 1");
    expect(await token()).toBe("token 2");
    expect(sessionStorage.getItem(KEY)).toContain("token 2");
    expect(devSignIn).toHaveBeenLastCalledWith("Ada", []);
  });

  it("goes on with the operator's role in this window, over renewals and a reload, and ends no other", async () => {
    const session = open();
    await session.signInByName("Ada");
    await session.signInByName("Ada", ["operator"]);
    expect([disconnect.mock.calls.length, logout.mock.calls.length]).toEqual([1, 0]);
    const reloaded = open();
    expect(reloaded.snapshot()).toMatchObject({ user: { id: "ada" }, name: "Ada" });
    const token = tokens.at(-1) as () => Promise<string>;
    expect([await token(), await token()]).toEqual(["token 2", "token 3"]);
    expect(devSignIn).toHaveBeenLastCalledWith("Ada", ["operator"]);
  });

  it("does not hand out a kept token that has expired", async () => {
    const kept = { token: "old", user: { id: "ada", name: "Ada" }, name: "Ada", expiresAt: new Date(0).toISOString() };
    sessionStorage.setItem(KEY, JSON.stringify(kept));
    open();
    expect(await (tokens[0] as () => Promise<string>)()).toBe("token 1");
  });

  it("takes a pasted token as it is", () => {
    open().signInWithToken("pasted");
    expect(tokens).toEqual(["pasted"]);
  });

  it("is not upset by what it cannot read", () => {
    sessionStorage.setItem(KEY, "{");
    expect(open().snapshot()).toBeNull();
    sessionStorage.setItem(KEY, '{"user":1}');
    expect(open().snapshot()).toBeNull();
  });
});
