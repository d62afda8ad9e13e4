// Everybody in a conversation. The conversation itself carries only the first of them; the rest is fetched when there is more.
import type { Conversation, Member } from "@tutti/client";
import { useTutti } from "@tutti/react";
import { useEffect, useState } from "react";
import { useApp } from "../app/context";

const PAGE = 100;
const NOBODY: readonly Member[] = [];

export function useMembers(info: Conversation | null): readonly Member[] {
  const client = useTutti();
  const { people } = useApp();
  const [fetched, setFetched] = useState<readonly Member[] | null>(null);
  const id = info?.id ?? null;
  const count = info?.member_count ?? 0;
  const partial = info !== null && info.members.length < count;

  useEffect(() => {
    if (!partial || id === null) return;
    let current = true;
    async function fetchAll(conversationId: string): Promise<void> {
      const all: Member[] = [];
      let cursor: string | null = null;
      do {
        const page = await client.api.members(conversationId, { limit: PAGE, ...(cursor === null ? {} : { cursor }) });
        all.push(...page.members);
        cursor = page.next_cursor;
      } while (cursor !== null && current);
      if (!current) return;
      people.learn(all.map(({ user_id, name }) => ({ id: user_id, name })));
      setFetched(all);
    }
    // The members that are known will do until the rest can be had.
    fetchAll(id).catch(() => undefined);
    return () => {
      current = false;
    };
  }, [client, people, id, count, partial]);

  if (info === null) return NOBODY;
  return partial && fetched !== null && fetched[0] !== undefined ? fetched : info.members;
}
