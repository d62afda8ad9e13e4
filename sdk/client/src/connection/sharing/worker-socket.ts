// A tab's socket whose hub lives in a SharedWorker. Leaves the hub's side to worker.ts.

import type { Socket } from "../transport";
import { TabEnd, type TabOptions } from "./tab-end";

/** As much of a `SharedWorker` as is needed. */
export type WorkerHandle = Pick<SharedWorker, "port" | "onerror">;

export function workerSocket(options: TabOptions, start: () => WorkerHandle): Socket {
  const tab = new TabEnd(options, {
    begin: () => {
      const worker = startedBy(start);
      if (worker === null) return tab.giveUp();
      worker.onerror = () => tab.giveUp();
      tab.talkOver(worker.port);
      worker.port.postMessage(tab.join);
    },
    silent: () => tab.giveUp(),
    ended: () => undefined,
  });
  return tab;
}

/** Null where there are no SharedWorkers. */
function startedBy(start: () => WorkerHandle): WorkerHandle | null {
  try {
    return start();
  } catch {
    return null;
  }
}
