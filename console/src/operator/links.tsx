// The ways from one operator page to another: a user's id and a channel's name are links wherever they stand.
import { Link } from "@tanstack/react-router";

const look = "font-medium text-accent underline-offset-2 hover:underline";

export function UserLink({ id }: { id: string }) {
  return (
    <Link to="/operator/users/$userId" params={{ userId: id }} className={look}>
      {id}
    </Link>
  );
}

export function ChannelLink({ name }: { name: string }) {
  return (
    <Link to="/operator/channels/$channel" params={{ channel: name }} className={look}>
      {name}
    </Link>
  );
}
