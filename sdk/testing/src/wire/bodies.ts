// The shape of every command and HTTP body, after the generated types: a field that is added there does not compile here
// until it is read. Leaves to the domains whether the values make sense.

import type {
  Attachment, Auth, Broadcast, ChannelPosition, Command, ConversationPatch, DeleteMessage, DevSignIn, EditMessage, GetHistory, MarkRead, MessagePatch,
  NewConversation, NewMember, NewMessage, NewPublication, PresenceFollow, Publish, ReadReceipt, Resume, SendMessage, SetPresence, SetReaction, SetTyping,
  Subscribe, Unsubscribe,
} from "@tutti/client";
import { anything, channelName, count, data, flag, list, object, oneOf, optional, type Shape, text, u32, userId } from "./shapes";

const role = oneOf("member", "admin", "owner");
const attachment = object<Attachment>({
  url: text, name: optional(text), mime_type: optional(text), size: optional(count), width: optional(u32), height: optional(u32),
});
const draft = {
  message: text, client_id: optional(text), reply_to: optional(text), thread_id: optional(text), mentions: optional(list(userId)),
  attachments: optional(list(attachment)), metadata: optional(data),
};
const react = object<SetReaction>({ message_id: text, emoji: text });
const follow = object<PresenceFollow>({ user_ids: optional(list(userId)), conversation_id: optional(text), cursor: optional(text), limit: optional(u32) });
const nothing = object<object>({});

type BodyOf<T extends Command["type"]> = Omit<Extract<Command, { type: T }>, "type">;

/** What each command carries beside its `type`. */
export const COMMANDS: { readonly [T in Command["type"]]: Shape<BodyOf<T>> } = {
  auth: object<Auth>({ token: text, resume: optional(object<Resume>({ since: text })) }),
  ping: nothing,
  logout: nothing,
  message: object<SendMessage>({ receiver_id: optional(userId), conversation_id: optional(text), ...draft }),
  message_edit: object<EditMessage>({ message_id: text, message: text }),
  message_delete: object<DeleteMessage>({ message_id: text }),
  reaction_add: react,
  reaction_remove: react,
  read_receipt: object<ReadReceipt>({ message_ids: optional(list(text)), conversation_id: optional(text), message_id: optional(text) }),
  typing: object<SetTyping>({ receiver_id: optional(userId), conversation_id: optional(text), is_typing: flag }),
  history: object<GetHistory>({
    conversation_id: text, thread_id: optional(text), before_id: optional(text), after_id: optional(text), around_id: optional(text), limit: optional(u32),
  }),
  presence_set: object<SetPresence>({ status: oneOf("online", "away", "busy", "invisible"), text: optional(text) }),
  presence_subscribe: follow,
  presence_unsubscribe: follow,
  subscribe: object<Subscribe>({ channel: channelName, position: optional(object<ChannelPosition>({ epoch: text, offset: count })) }),
  unsubscribe: object<Unsubscribe>({ channel: channelName }),
  publish: object<Publish>({ channel: channelName, data: anything, client_id: optional(text), key: optional(text), exclude_sender: optional(flag) }),
};

const publication = { data: anything, client_id: optional(text), key: optional(text) };
const noUsers: Shape<string[]> = (value, path) => optional(list(userId))(value, path) ?? [];

/** What each route takes as its body. */
export const BODIES = {
  devSignIn: object<DevSignIn>({ name: text, roles: optional(list(text)) }),
  newConversation: object<NewConversation>({ kind: optional(oneOf("direct", "group")), title: optional(text), member_ids: noUsers, metadata: optional(data) }),
  conversationPatch: object<ConversationPatch>({ title: optional(text), metadata: optional(data) }),
  newMember: object<NewMember>({ user_id: userId, role: optional(role) }),
  newMessage: object<NewMessage>(draft),
  messagePatch: object<MessagePatch>({ message: text }),
  markRead: object<MarkRead>({ message_id: optional(text) }),
  newPublication: object<NewPublication>(publication),
  broadcast: object<Broadcast>({ channels: list(channelName), ...publication }),
};
