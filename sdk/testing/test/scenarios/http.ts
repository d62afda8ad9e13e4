// HTTP beside what the SDK asks: every route, its statuses, and its refusals.

import type { Scenario } from "./scenario";

export const http: Scenario[] = [
  {
    name: "messages over HTTP are those of the connections",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const sent = await world.http(bob, "POST", `/conversations/${id}/messages`, { message: "over HTTP" });
      await world.saw(alice, "message");
      const message = (sent.body as { message: { id: string } }).message.id;
      const answers = [sent, await world.http(bob, "PATCH", `/messages/${message}`, { message: "edited" }), await world.http(alice, "PATCH", `/messages/${message}`, { message: "x" })];
      for (const method of ["PUT", "PUT", "DELETE", "DELETE"]) answers.push(await world.http(alice, method, `/messages/${message}/reactions/${encodeURIComponent("👍")}`));
      answers.push(await world.http(alice, "GET", "/unread"), await world.http(alice, "POST", `/conversations/${id}/read`), await world.http(alice, "POST", `/conversations/${id}/read`, { message_id: message }));
      answers.push(await world.http(alice, "POST", `/conversations/${id}/read`, { message_id: "1" }), await world.http(bob, "DELETE", `/messages/${message}`), await world.http(bob, "DELETE", `/messages/${message}`));
      answers.push(await world.http(alice, "GET", "/communication/chats/conversation/bob/"), await world.http(alice, "GET", "/communication/chats/conversation/nobody/"));
      await alice.client.request({ type: "message", receiver_id: "bob", message: "direct" });
      answers.push(await world.http(bob, "GET", "/communication/chats/conversation/alice/?limit=5"));
      await Promise.all([world.saw(bob, "message_deleted"), world.saw(alice, "message_deleted"), world.saw(bob, "message", 2)]);
      return answers;
    },
  },
  {
    name: "a repeated POST is answered as before",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const key = { "Idempotency-Key": "k1" };
      const post = (message: string, headers: Record<string, string> = key): Promise<{ status: number; body: unknown }> => world.http(alice, "POST", `/conversations/${id}/messages`, { message }, headers);
      const answers = [await post("once"), await post("once"), await post("other"), await post("x", { "Idempotency-Key": "x".repeat(129) })];
      for (let n = 0; n < 2; n++) answers.push(await world.http(alice, "POST", "/conversations", { title: "room", member_ids: ["bob"] }, key));
      await Promise.all([world.saw(bob, "message"), world.saw(alice, "message"), world.saw(bob, "conversation_created", 2), world.saw(alice, "conversation_created", 2)]);
      return answers;
    },
  },
  {
    name: "requests that are none are refused with their status",
    async run(world) {
      const alice = await world.join("Alice");
      const refusals = [
        await world.http(null, "GET", "/conversations"), await world.http({ ...alice, token: "x" }, "GET", "/conversations"), await world.http(alice, "GET", "/nowhere"), await world.http(alice, "PUT", "/conversations"),
        await world.http(alice, "GET", "/conversations/nope"), await world.http(alice, "GET", "/conversations?limit=0"), await world.http(alice, "POST", "/dev/token", { name: "!!!" }), await world.http(alice, "POST", "/dev/token", { name: "" }),
        await world.http(alice, "POST", "/dev/token", { name: "x".repeat(65) }), await world.http(alice, "POST", "/dev/token", { name: "x", roles: Array(17).fill("r") }), await world.http(alice, "POST", "/dev/token", { name: "x", roles: [""] }), await world.http(alice, "POST", "/conversations", { title: "x".repeat(70_000) }), await world.http(null, "POST", "/conversations", {}),
      ];
      const illFormed = [
        await world.http(alice, "POST", "/conversations", "{"), await world.http(alice, "POST", "/conversations", "[]"), await world.http(alice, "POST", "/conversations", { kind: "crowd" }),
        await world.http(alice, "POST", "/conversations", { member_ids: [""] }), await world.http(alice, "POST", "/dev/token"), await world.http(alice, "GET", "/conversations?limit=many"),
      ];
      // The words of what cannot be read are those of the reader.
      const codes = illFormed.map(({ status, body }) => ({ status, code: (body as { error: { code: string } }).error.code }));
      const info = await world.http(null, "GET", "/info");
      return { refusals, codes, info: { status: info.status, protocol: (info.body as { protocol: number; dev: boolean }).protocol } };
    },
  },
  {
    name: "channels over HTTP",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const at = "/channels/public:news";
      await bob.client.request({ type: "subscribe", channel: "public:news" });
      const answers = [await world.http(alice, "POST", `${at}/publish`, { data: { a: 1 } }), await world.http(alice, "POST", `${at}/publish`, { data: 2, client_id: "c" }), await world.http(alice, "POST", `${at}/publish`, { data: 3, client_id: "c" })];
      answers.push(await world.http(alice, "POST", "/channels/broadcast", { channels: ["public:news", "nowhere:a", "public:other"], data: "all" }), await world.http(alice, "POST", "/channels/broadcast", { channels: [], data: 1 }));
      answers.push(await world.http(alice, "GET", `${at}/history?limit=2`), await world.http(alice, "GET", `${at}/history?after=2`), await world.http(alice, "GET", `${at}/presence`), await world.http(alice, "GET", "/channels/nowhere:a/history"));
      await world.saw(bob, "publication", 3);
      return answers;
    },
  },
];
