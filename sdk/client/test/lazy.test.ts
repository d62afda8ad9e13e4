// A socket whose code comes later, or not at all.

import { expect, it } from "vitest";
import { lazySocket } from "../src/connection/lazy";
import { LEAVE_CODE, LOST_CODE } from "../src/connection/transport";
import { HandCarrier, Heard } from "./support/fake-carrier";
import { settle } from "../../testing/src/manual-clock";

it("is the socket that was loaded", async () => {
  const [carrier, heard] = [new HandCarrier(), new Heard()];
  const socket = lazySocket(() => Promise.resolve(carrier.open))("", "p", heard);
  expect([carrier.sockets.length, socket.busy]).toEqual([0, false]);
  await settle();
  carrier.last.handlers.opened();
  socket.send("x");
  carrier.last.busy = true;
  expect([carrier.last.protocol, carrier.last.sent, heard.told, socket.busy]).toEqual(["p", ["x"], [["opened"]], true]);
  socket.close(LEAVE_CODE);
  expect(carrier.last.closedWith).toBe(LEAVE_CODE);
});

it("opens nothing when it was closed meanwhile", async () => {
  const [carrier, heard] = [new HandCarrier(), new Heard()];
  lazySocket(() => Promise.resolve(carrier.open))("", "p", heard).close(LEAVE_CODE);
  lazySocket(() => Promise.reject(new Error("no such file")))("", "p", heard).close(LEAVE_CODE);
  await settle();
  expect([carrier.sockets, heard.told]).toEqual([[], []]);
});

it("is lost when the code does not come", async () => {
  const heard = new Heard();
  lazySocket(() => Promise.reject(new Error("no such file")))("", "p", heard);
  await settle();
  expect(heard.of("closed")).toEqual([LOST_CODE]);
});
