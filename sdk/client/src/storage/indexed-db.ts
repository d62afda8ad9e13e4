// Messages that wait to be sent, in the browser's IndexedDB, shared by all pages of an origin.
// Leaves to pages.ts which of those pages live, and to outbox.ts what happens when the browser refuses.

import { livingPages, type Pages } from "./pages";
import { byAge, type OutboxEntry, type OutboxStorage } from "./storage";

const DATABASE = "tutti";
const STORE = "outbox";
const BY_OWNER = "owner";

/** An entry with who looks after it. */
interface Row extends OutboxEntry {
  owner: string;
  page: string;
}

/** @throws where there is no IndexedDB. `factory` and `pages` are for tests. */
export function indexedDbOutbox(factory: IDBFactory = indexedDB, pages: Pages = livingPages()): OutboxStorage {
  let opened: Promise<IDBDatabase> | null = null;
  const begin = async (mode: IDBTransactionMode): Promise<IDBTransaction> => {
    opened ??= open(factory, () => {
      opened = null;
    });
    return (await opened).transaction(STORE, mode);
  };
  return {
    claim: (owner, limit) => pages.alone(`tutti:outbox:${owner}`, async () => {
      const living = await pages.living();
      const transaction = await begin("readwrite");
      const store = transaction.objectStore(STORE);
      const rows: Row[] = await done(store.index(BY_OWNER).getAll(owner));
      const orphans = rows.filter((row) => row.page !== pages.own && !living.has(row.page)).sort(byAge).slice(0, limit);
      for (const row of orphans) store.put({ ...row, page: pages.own });
      await committed(transaction);
      return orphans.map(({ clientId, conversationId, draft, createdAt }) => ({ clientId, conversationId, draft, createdAt }));
    }),
    write: async (owner, keep, forget) => {
      const transaction = await begin("readwrite");
      const store = transaction.objectStore(STORE);
      for (const entry of keep) store.put({ ...entry, owner, page: pages.own } satisfies Row);
      for (const clientId of forget) store.delete([owner, clientId]);
      await committed(transaction);
    },
    clear: async (owner) => {
      const living = await pages.living();
      const transaction = await begin("readwrite");
      const store = transaction.objectStore(STORE);
      const rows: Row[] = await done(store.index(BY_OWNER).getAll(owner));
      for (const { page, clientId } of rows) if (page === pages.own || !living.has(page)) store.delete([owner, clientId]);
      await committed(transaction);
    },
  };
}

function open(factory: IDBFactory, closed: () => void): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: ["owner", "clientId"] });
    store.createIndex(BY_OWNER, "owner");
  };
  return done(request).then((database) => {
    // Another page deletes or replaces the database: do not stand in its way.
    database.onversionchange = () => {
      database.close();
      closed();
    };
    return database;
  }, (error: unknown) => {
    closed();
    throw error;
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB gave up"));
  });
}
