// One conversation: its messages, older ones as they are scrolled to, who is writing, and what to say.
import { useConnection, useConversation } from "@tutti/react";
import { type UIEvent, useEffect } from "react";

export function Room({ id }: { id: string | null }) {
  const { messages, markRead, ...room } = useConversation(id);
  const me = useConnection().user?.id;
  useEffect(() => markRead(), [messages, markRead]);

  const nameOf = (userId: string) => room.info?.members.find(({ user_id }) => user_id === userId)?.name ?? userId;
  const seen = (seq: number) => Object.entries(room.readers).some(([reader, read]) => reader !== me && read >= seq);
  // The box fills from the bottom (column-reverse): 0 is the newest message, and what is above it has negative positions.
  function onScroll({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: UIEvent) {
    if (scrollHeight - clientHeight + scrollTop < 300) void room.loadMore();
  }

  if (id === null) return <main>Choose somebody to write to.</main>;
  return (
    <main>
      {room.error && <p role="alert">{room.error.userMessage} <button onClick={room.load}>Try again</button></p>}
      <div className="messages" onScroll={onScroll}>
        <ol>
          {messages.map(({ key, sender_id, message, delivery, seq }) => (
            <li key={key} className={sender_id === me ? "mine" : ""} data-delivery={delivery}>
              {message} <small>{sender_id !== me ? nameOf(sender_id) : delivery === "sent" && seen(seq) ? "seen" : delivery}</small>
              {delivery === "failed" && <button onClick={() => room.retry(key)}>Send again</button>}
            </li>
          ))}
        </ol>
      </div>
      <p className="typing">{room.typing.length > 0 && `${room.typing.map(nameOf).join(", ")} typing…`}</p>
      <form action={(form) => void room.send(String(form.get("text")))}>
        <input name="text" aria-label="Message" autoComplete="off" required onChange={() => room.setTyping(true)} />
        <button>Send</button>
      </form>
    </main>
  );
}
