// The conversations on the left, the open one on the right.
import { type Conversation, TuttiError } from "@tutti/client";
import { useConnection, useConversations, usePresence, useTutti, useUnread } from "@tutti/react";
import { useState } from "react";
import { Room } from "./Room";

export function Chat() {
  const { state, user, problem, reconnect } = useConnection();
  const { conversations, hasMore, loadMore, create } = useConversations();
  const [openId, setOpenId] = useState<string | null>(null);
  const [failure, setFailure] = useState("");
  const { api } = useTutti();
  const unread = useUnread();

  async function start(form: FormData) {
    const name = String(form.get("name"));
    try {
      const person = (await api.users(name)).find((found) => found.name === name);
      if (person) setOpenId((await create({ kind: "direct", member_ids: [person.id] })).id);
      setFailure(person ? "" : `${name} has never signed in.`);
    } catch (error) {
      setFailure(error instanceof TuttiError ? error.userMessage : String(error));
    }
  }

  return (
    <div className="chat">
      <nav>
        <h1>{user?.name} <small>{unread} unread</small></h1>
        {state !== "connected" && <p role="status">{problem ?? state} <button onClick={reconnect}>Try now</button></p>}
        <form action={start}><input name="name" aria-label="Write to" placeholder="Write to…" required /></form>
        {failure && <p role="alert">{failure}</p>}
        {conversations.map((one) => <Row key={one.id} conversation={one} open={one.id === openId} onOpen={setOpenId} />)}
        {hasMore && <button onClick={loadMore}>More</button>}
      </nav>
      <Room key={openId} id={openId} />
    </div>
  );
}

function Row({ conversation, open, onOpen }: { conversation: Conversation; open: boolean; onOpen(id: string): void }) {
  const me = useConnection().user?.id;
  const peer = conversation.members.find(({ user_id }) => user_id !== me);
  const status = usePresence(peer?.user_id ?? null)?.status ?? "offline";
  return (
    <button className="row" disabled={open} onClick={() => onOpen(conversation.id)}>
      {conversation.title ?? peer?.name ?? "Nobody else"} <small>{status}</small>
      {conversation.unread > 0 && <b>{conversation.unread}</b>}
    </button>
  );
}
