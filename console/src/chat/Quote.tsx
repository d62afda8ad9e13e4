// The message that another one answers, in one line. One that is not loaded is fetched.
import type { ConversationHandle, Message } from "@tutti/client";
import { useStore, useTutti } from "@tutti/react";
import { CornerUpRight } from "lucide-react";
import { useEffect, useState } from "react";
import { useApp } from "../app/context";
import { gist } from "../conversations/describe";
import type { NameOf } from "../people/useNames";

export function useMessage(handle: ConversationHandle, id: string): Message | null {
  const client = useTutti();
  const loaded = useStore(handle).messages.find((message) => message.id === id);
  const [fetched, setFetched] = useState<Message | null>(null);
  const missing = loaded === undefined;
  useEffect(() => {
    if (!missing) return;
    let current = true;
    client.api.messages(handle.id, { around_id: id, limit: 1 }).then(
      (page) => {
        if (current) setFetched(page.messages.find((message) => message.id === id) ?? null);
      },
      // A quote without its words is still a quote.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [client, handle, id, missing]);
  return loaded ?? fetched;
}

export function Quote({
  handle,
  id,
  nameOf,
  tabIndex,
  onJump,
}: {
  handle: ConversationHandle;
  id: string;
  nameOf: NameOf;
  tabIndex: number;
  onJump: (id: string) => void;
}) {
  const { me } = useApp();
  const message = useMessage(handle, id);
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      onClick={() => onJump(id)}
      className="mb-0.5 flex max-w-[min(76ch,100%)] min-w-0 items-center gap-1.5 rounded text-left text-xs text-ink-faint hover:text-ink"
    >
      <CornerUpRight size={12} aria-hidden className="shrink-0" />
      {message === null ? (
        <span className="truncate">An earlier message</span>
      ) : (
        <>
          <span className="shrink-0 font-medium text-ink-soft">
            {message.sender_id === me.id ? "You" : nameOf(message.sender_id)}
          </span>
          <span className="truncate">{gist(message)}</span>
        </>
      )}
    </button>
  );
}
