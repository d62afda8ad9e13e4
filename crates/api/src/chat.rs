//! Chat: its commands and its routes.

use std::collections::HashMap;

use axum::extract::State as AxumState;
use axum::http::StatusCode;
use tutti_chat::model::{Draft, Target};
use tutti_chat::service::target;
use tutti_core::Failure;
use tutti_core::caller::Actor;
use tutti_gateway::application::CommandReply;
use tutti_protocol::chat::{
    Conversation, DeleteMessage, EditMessage, GetHistory, Member, MessageChanged, MessageDeleted, MessagePage,
    MessageSent, ReactionChanged, ReadPosition, ReadReceipt, ReadReceiptOk, SendMessage, SetReaction, SetTyping,
};
use tutti_protocol::http::{
    ConversationPage, ConversationPatch, HistoryQuery, MarkRead, MemberPage, MessagePatch, NewConversation, NewMember,
    NewMessage, PageQuery, Unread,
};
use tutti_protocol::{ConversationId, MessageId, ServerBody, UserId};

use crate::app::Api;
use crate::extract::{Authenticated, IdempotencyKey, JsonBody, PathOf, QueryOf};
use crate::limits::Operation;
use crate::reply::{HttpError, Reply, ok};
use crate::routes::State;

// ---- commands ----

/// `message`
pub(crate) async fn send(api: &Api, by: Actor, frame: SendMessage) -> Result<CommandReply, Failure> {
    let to = target(&by.user, frame.receiver_id.clone(), frame.conversation_id)?;
    let posted = api.chat.post(by, to, Draft::from(frame)).await?;
    let sent = MessageSent { message: posted.message, duplicate: posted.duplicate };
    Ok(CommandReply::at(ServerBody::MessageSent(sent), posted.offset))
}

/// `message_edit`
pub(crate) async fn edit(api: &Api, by: Actor, frame: EditMessage) -> Result<CommandReply, Failure> {
    let edited = api.chat.edit(by, frame.message_id, frame.message).await?;
    let body = ServerBody::MessageEdited(MessageChanged { message: edited.value });
    Ok(CommandReply::at(body, edited.offset))
}

/// `message_delete`
pub(crate) async fn delete(api: &Api, by: Actor, frame: DeleteMessage) -> Result<CommandReply, Failure> {
    let deleted = api.chat.delete_message(by, frame.message_id).await?;
    Ok(CommandReply::at(ServerBody::MessageDeleted(deleted.value), deleted.offset))
}

/// `reaction_add` and `reaction_remove`
pub(crate) async fn react(api: &Api, by: Actor, frame: SetReaction, on: bool) -> Result<CommandReply, Failure> {
    let reaction = api.chat.react(by, frame.message_id, frame.emoji, on).await?;
    let body = if on { ServerBody::ReactionAdded } else { ServerBody::ReactionRemoved };
    Ok(CommandReply::at(body(reaction.value), reaction.offset))
}

/// `read_receipt`
pub(crate) async fn read(api: &Api, by: Actor, frame: ReadReceipt) -> Result<CommandReply, Failure> {
    let conversations = api.chat.receipt(by, frame).await?;
    Ok(ServerBody::ReadReceiptOk(ReadReceiptOk { conversations }).into())
}

/// `typing`
pub(crate) async fn typing(api: &Api, by: Actor, frame: SetTyping) -> Result<(), Failure> {
    let to = target(&by.user, frame.receiver_id, frame.conversation_id)?;
    let conversation = api.chat.locate(&by.user, to).await?;
    api.presence.typing(conversation, &by.user, frame.is_typing, by.origin).await;
    Ok(())
}

/// `history`
pub(crate) async fn history(api: &Api, by: Actor, frame: GetHistory) -> Result<CommandReply, Failure> {
    let page = api.chat.history(&by.user, frame).await?;
    Ok(ServerBody::History(page).into())
}

// ---- routes ----

/// The caller's conversations, the most recently active first.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(PageQuery),
    responses((status = 200, body = ConversationPage)))]
pub(crate) async fn list_conversations(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    QueryOf(query): QueryOf<PageQuery>,
) -> Reply<ConversationPage> {
    state.api.allow(Operation::Query, &caller.user)?;
    let page = state.api.chat.conversations(&caller.user, &query).await?;
    let mut conversations = page.items;
    name_members(&state.api, conversations.iter_mut().flat_map(|conversation| &mut conversation.members)).await?;
    ok(ConversationPage { conversations, next_cursor: page.next })
}

/// Creates a group, or opens the direct conversation with another user.
#[utoipa::path(post, path = "/api/v1/conversations", tag = "conversations", request_body = NewConversation,
    responses((status = 201, body = Conversation)))]
pub(crate) async fn create_conversation(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewConversation>,
) -> Result<(StatusCode, axum::Json<Conversation>), HttpError> {
    state.api.allow(Operation::Conversation, &caller.0.user)?;
    let conversation = state.api.chat.create(caller.actor(), body, key).await?;
    Ok((StatusCode::CREATED, axum::Json(named(&state.api, conversation).await?)))
}

/// One conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "The conversation")), responses((status = 200, body = Conversation)))]
pub(crate) async fn get_conversation(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    PathOf(id): PathOf<ConversationId>,
) -> Reply<Conversation> {
    state.api.allow(Operation::Query, &caller.user)?;
    let conversation = state.api.chat.conversation(&caller.user, id).await?;
    ok(named(&state.api, conversation).await?)
}

/// Changes title or metadata of a group.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "The conversation")), request_body = ConversationPatch,
    responses((status = 200, body = Conversation)))]
pub(crate) async fn update_conversation(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<ConversationId>,
    JsonBody(patch): JsonBody<ConversationPatch>,
) -> Reply<Conversation> {
    state.api.allow(Operation::Conversation, &caller.0.user)?;
    let conversation = state.api.chat.update(caller.actor(), id, patch).await?;
    ok(named(&state.api, conversation).await?)
}

/// Deletes a group for everybody.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "The conversation")), responses((status = 204)))]
pub(crate) async fn delete_conversation(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<ConversationId>,
) -> Result<StatusCode, HttpError> {
    state.api.allow(Operation::Conversation, &caller.0.user)?;
    state.api.chat.delete(caller.actor(), id).await?;
    state.api.all_settled().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The members of a conversation, the longest-standing first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/members", tag = "conversations",
    params(("id" = String, Path, description = "The conversation"), PageQuery),
    responses((status = 200, body = MemberPage)))]
pub(crate) async fn list_members(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    PathOf(id): PathOf<ConversationId>,
    QueryOf(query): QueryOf<PageQuery>,
) -> Reply<MemberPage> {
    state.api.allow(Operation::Query, &caller.user)?;
    let page = state.api.chat.members(&caller.user, id, &query).await?;
    let mut members = page.items;
    name_members(&state.api, members.iter_mut()).await?;
    ok(MemberPage { members, next_cursor: page.next })
}

/// Adds a member to a group, or gives one another role.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/members", tag = "conversations",
    params(("id" = String, Path, description = "The conversation")), request_body = NewMember,
    responses((status = 200, body = Member)))]
pub(crate) async fn put_member(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<ConversationId>,
    JsonBody(body): JsonBody<NewMember>,
) -> Reply<Member> {
    state.api.allow(Operation::Conversation, &caller.0.user)?;
    let mut member = state.api.chat.put_member(caller.actor(), id, body).await?;
    name_members(&state.api, std::iter::once(&mut member)).await?;
    ok(member)
}

/// Removes a member from a group; oneself, to leave it.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/members/{user}", tag = "conversations",
    params(("id" = String, Path, description = "The conversation"), ("user" = String, Path, description = "Who")),
    responses((status = 204)))]
pub(crate) async fn remove_member(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf((id, user)): PathOf<(ConversationId, UserId)>,
) -> Result<StatusCode, HttpError> {
    state.api.allow(Operation::Conversation, &caller.0.user)?;
    state.api.chat.remove_member(caller.actor(), id, user).await?;
    state.api.all_settled().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A page of messages, newest first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = String, Path, description = "The conversation"), HistoryQuery),
    responses((status = 200, body = MessagePage)))]
pub(crate) async fn list_messages(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    PathOf(id): PathOf<ConversationId>,
    QueryOf(query): QueryOf<HistoryQuery>,
) -> Reply<MessagePage> {
    state.api.allow(Operation::History, &caller.user)?;
    ok(state.api.chat.history(&caller.user, page_of(id, &query)).await?)
}

/// A page of messages with another user, newest first. The path of a seed document.
#[utoipa::path(get, path = "/api/v1/communication/chats/conversation/{user_id}/", tag = "messages",
    params(("user_id" = String, Path, description = "The other user"), HistoryQuery),
    responses((status = 200, body = MessagePage)))]
pub(crate) async fn list_messages_with(
    AxumState(state): AxumState<State>,
    Authenticated(caller): Authenticated,
    PathOf(other): PathOf<UserId>,
    QueryOf(query): QueryOf<HistoryQuery>,
) -> Reply<MessagePage> {
    state.api.allow(Operation::History, &caller.user)?;
    let id = state.api.chat.locate(&caller.user, Target::Direct(other)).await?;
    ok(state.api.chat.history(&caller.user, page_of(id, &query)).await?)
}

/// Sends a message.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = String, Path, description = "The conversation")), request_body = NewMessage,
    responses((status = 201, body = MessageSent)))]
pub(crate) async fn post_message(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<ConversationId>,
    IdempotencyKey(key): IdempotencyKey,
    JsonBody(body): JsonBody<NewMessage>,
) -> Result<(StatusCode, axum::Json<MessageSent>), HttpError> {
    state.api.allow(Operation::Message, &caller.0.user)?;
    let draft = Draft {
        message: body.message,
        client_id: body.client_id.or(key),
        reply_to: body.reply_to,
        thread_id: body.thread_id,
        mentions: body.mentions,
        attachments: body.attachments,
        metadata: body.metadata,
    };
    let posted = state.api.chat.post(caller.actor(), Target::Conversation(id), draft).await?;
    let sent = MessageSent { message: posted.message, duplicate: posted.duplicate };
    Ok((StatusCode::CREATED, axum::Json(sent)))
}

/// Marks a conversation as read, up to a message or as a whole.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/read", tag = "messages",
    params(("id" = String, Path, description = "The conversation")), request_body = MarkRead,
    responses((status = 200, body = ReadPosition)))]
pub(crate) async fn mark_read(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<ConversationId>,
    JsonBody(body): JsonBody<MarkRead>,
) -> Reply<ReadPosition> {
    state.api.allow(Operation::Read, &caller.0.user)?;
    ok(state.api.chat.mark_read(caller.actor(), id, body).await?)
}

/// Edits an own message.
#[utoipa::path(patch, path = "/api/v1/messages/{id}", tag = "messages",
    params(("id" = String, Path, description = "The message")), request_body = MessagePatch,
    responses((status = 200, body = MessageChanged)))]
pub(crate) async fn edit_message(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<MessageId>,
    JsonBody(body): JsonBody<MessagePatch>,
) -> Reply<MessageChanged> {
    state.api.allow(Operation::Edit, &caller.0.user)?;
    let edited = state.api.chat.edit(caller.actor(), id, body.message).await?;
    ok(MessageChanged { message: edited.value })
}

/// Deletes a message.
#[utoipa::path(delete, path = "/api/v1/messages/{id}", tag = "messages",
    params(("id" = String, Path, description = "The message")), responses((status = 200, body = MessageDeleted)))]
pub(crate) async fn delete_message(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf(id): PathOf<MessageId>,
) -> Reply<MessageDeleted> {
    state.api.allow(Operation::Delete, &caller.0.user)?;
    ok(state.api.chat.delete_message(caller.actor(), id).await?.value)
}

/// Adds a reaction.
#[utoipa::path(put, path = "/api/v1/messages/{id}/reactions/{emoji}", tag = "messages",
    params(("id" = String, Path, description = "The message"), ("emoji" = String, Path, description = "The emoji")),
    responses((status = 200, body = ReactionChanged)))]
pub(crate) async fn add_reaction(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf((id, emoji)): PathOf<(MessageId, String)>,
) -> Reply<ReactionChanged> {
    state.api.allow(Operation::Reaction, &caller.0.user)?;
    ok(state.api.chat.react(caller.actor(), id, emoji, true).await?.value)
}

/// Takes a reaction back.
#[utoipa::path(delete, path = "/api/v1/messages/{id}/reactions/{emoji}", tag = "messages",
    params(("id" = String, Path, description = "The message"), ("emoji" = String, Path, description = "The emoji")),
    responses((status = 200, body = ReactionChanged)))]
pub(crate) async fn remove_reaction(
    AxumState(state): AxumState<State>,
    caller: Authenticated,
    PathOf((id, emoji)): PathOf<(MessageId, String)>,
) -> Reply<ReactionChanged> {
    state.api.allow(Operation::Reaction, &caller.0.user)?;
    ok(state.api.chat.react(caller.actor(), id, emoji, false).await?.value)
}

/// What the caller has not read.
#[utoipa::path(get, path = "/api/v1/unread", tag = "messages", responses((status = 200, body = Unread)))]
pub(crate) async fn unread(AxumState(state): AxumState<State>, Authenticated(caller): Authenticated) -> Reply<Unread> {
    state.api.allow(Operation::Query, &caller.user)?;
    ok(state.api.chat.unread(&caller.user).await?)
}

fn page_of(conversation_id: ConversationId, query: &HistoryQuery) -> GetHistory {
    GetHistory {
        conversation_id,
        thread_id: query.thread_id,
        before_id: query.before_id,
        after_id: query.after_id,
        around_id: query.around_id,
        limit: query.limit,
    }
}

async fn named(api: &Api, mut conversation: Conversation) -> Result<Conversation, Failure> {
    name_members(api, conversation.members.iter_mut()).await?;
    Ok(conversation)
}

/// Puts the display names of the directory on members.
async fn name_members(api: &Api, members: impl Iterator<Item = &mut Member>) -> Result<(), Failure> {
    let mut members: Vec<&mut Member> = members.collect();
    let mut ids: Vec<UserId> = members.iter().map(|member| member.user_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let names: HashMap<UserId, String> = api.access.directory().names(&ids).await?;
    for member in &mut members {
        member.name = names.get(&member.user_id).cloned();
    }
    Ok(())
}
