// What people are called. Messages carry only ids; names are learned from members, users and conversations as they pass by.
import type { Store } from "@tutti/client";
import { State } from "../app/state";

export type Names = ReadonlyMap<string, string>;

interface Named {
  id: string;
  name: string | null;
}

export class PeopleDirectory implements Store<Names> {
  readonly #names = new State<Names>(new Map());

  subscribe(listener: () => void): () => void {
    return this.#names.subscribe(listener);
  }

  snapshot(): Names {
    return this.#names.snapshot();
  }

  learn(people: Iterable<Named>): void {
    const known = this.snapshot();
    const news = [...people].filter(({ id, name }) => name !== null && known.get(id) !== name);
    if (news.length === 0) return;
    const next = new Map(known);
    for (const { id, name } of news) if (name !== null) next.set(id, name);
    this.#names.set(next);
  }
}
