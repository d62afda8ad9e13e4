//! The decisions of chat, pure: what may be done by whom in which state, and the arithmetic of positions. Stores call
//! them inside the transaction that read the state.

use tutti_protocol::chat::{Attachment, ConversationKind, Metadata, Role};

use crate::config::{
    Config, MAX_CLIENT_ID_BYTES, MAX_EMOJI_BYTES, MAX_FILE_NAME_CHARS, MAX_METADATA_BYTES, MAX_MIME_TYPE_CHARS,
    MAX_TITLE_CHARS, MAX_URL_BYTES,
};
use crate::error::Error;
use crate::model::{Draft, Facts, Membership, MessageFacts, NewGroup, Patch};

/// Whether a draft is within bounds.
///
/// # Errors
/// [`Error::Invalid`] naming the first field at fault.
pub fn check_draft(draft: &Draft, config: &Config) -> Result<(), Error> {
    if draft.message.trim().is_empty() && draft.attachments.is_empty() {
        return Err(Error::invalid("message", "a message needs text or an attachment"));
    }
    check_length(&draft.message, config)?;
    check_client_id(draft.client_id.as_deref())?;
    if draft.mentions.len() > config.max_mentions {
        return Err(Error::over("mentions", config.max_mentions, "users"));
    }
    if draft.attachments.len() > config.max_attachments {
        return Err(Error::over("attachments", config.max_attachments, "entries"));
    }
    draft.attachments.iter().try_for_each(check_attachment)?;
    check_metadata(&draft.metadata)
}

/// Whether a new text for a message is within bounds.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_text(text: &str, config: &Config) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid("message", "a message needs text"));
    }
    check_length(text, config)
}

fn check_length(text: &str, config: &Config) -> Result<(), Error> {
    // A text of so few bytes cannot have too many characters; only longer ones are counted.
    if text.len() > config.max_message_chars && text.chars().count() > config.max_message_chars {
        return Err(Error::over("message", config.max_message_chars, "characters"));
    }
    Ok(())
}

/// Whether a client id is within bounds.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_client_id(client_id: Option<&str>) -> Result<(), Error> {
    match client_id {
        Some("") => Err(Error::invalid("client_id", "`client_id` cannot be empty")),
        Some(id) if id.len() > MAX_CLIENT_ID_BYTES => Err(Error::over("client_id", MAX_CLIENT_ID_BYTES, "bytes")),
        _ => Ok(()),
    }
}

fn check_attachment(attachment: &Attachment) -> Result<(), Error> {
    let url = &attachment.url;
    if url.len() > MAX_URL_BYTES {
        return Err(Error::over("attachments", MAX_URL_BYTES, "bytes in an address"));
    }
    let site_relative = url.starts_with('/') && !url.starts_with("//");
    let web = url.starts_with("https://") || url.starts_with("http://");
    if !(site_relative || web) || url.chars().any(|c| c.is_control() || c == '\\') {
        return Err(Error::invalid("attachments", "an attachment's address is http, https or site-relative"));
    }
    if attachment.name.as_ref().is_some_and(|name| name.chars().count() > MAX_FILE_NAME_CHARS) {
        return Err(Error::over("attachments", MAX_FILE_NAME_CHARS, "characters in a name"));
    }
    if attachment.mime_type.as_ref().is_some_and(|kind| kind.chars().count() > MAX_MIME_TYPE_CHARS) {
        return Err(Error::over("attachments", MAX_MIME_TYPE_CHARS, "characters in a media type"));
    }
    Ok(())
}

fn check_metadata(metadata: &Metadata) -> Result<(), Error> {
    let bytes =
        if metadata.is_empty() { 0 } else { serde_json::to_vec(metadata).map_or(usize::MAX, |json| json.len()) };
    if bytes > MAX_METADATA_BYTES {
        return Err(Error::over("metadata", MAX_METADATA_BYTES, "bytes"));
    }
    Ok(())
}

/// Whether an emoji is within bounds.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_emoji(emoji: &str) -> Result<(), Error> {
    if emoji.trim().is_empty() || emoji.chars().any(char::is_control) {
        return Err(Error::invalid("emoji", "`emoji` cannot be empty"));
    }
    if emoji.len() > MAX_EMOJI_BYTES {
        return Err(Error::over("emoji", MAX_EMOJI_BYTES, "bytes"));
    }
    Ok(())
}

fn check_title(title: Option<&str>) -> Result<(), Error> {
    match title {
        Some(title) if title.trim().is_empty() => Err(Error::invalid("title", "a title cannot be empty")),
        Some(title) if title.chars().count() > MAX_TITLE_CHARS => {
            Err(Error::over("title", MAX_TITLE_CHARS, "characters"))
        }
        _ => Ok(()),
    }
}

/// Whether a new group is within bounds.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_group(group: &NewGroup, config: &Config) -> Result<(), Error> {
    check_title(group.title.as_deref())?;
    check_client_id(group.client_id.as_deref())?;
    check_metadata(&group.metadata)?;
    if group.members.len() >= config.max_members {
        return Err(Error::over("member_ids", config.max_members - 1, "others"));
    }
    Ok(())
}

/// Whether a patch is within bounds.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_patch(patch: &Patch) -> Result<(), Error> {
    check_title(patch.title.as_deref())?;
    patch.metadata.as_ref().map_or(Ok(()), check_metadata)
}

/// The caller's membership, without which a conversation does not exist for them.
///
/// # Errors
/// [`Error::NotFound`].
pub fn as_member(membership: Option<Membership>) -> Result<Membership, Error> {
    membership.ok_or(Error::NotFound("conversation"))
}

/// Whether a message may be edited: by its sender, while it stands.
///
/// # Errors
/// [`Error::Forbidden`], or [`Error::Conflict`] once it is deleted.
pub fn edit(own: bool, message: &MessageFacts) -> Result<(), Error> {
    if !own {
        return Err(Error::Forbidden("only the sender can edit a message"));
    }
    if message.deleted {
        return Err(Error::Conflict("the message was deleted"));
    }
    Ok(())
}

/// Whether a message may be deleted: by its sender, or by who runs the group.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn delete(own: bool, role: Role, facts: &Facts) -> Result<(), Error> {
    let moderator = facts.kind == ConversationKind::Group && role >= Role::Admin;
    if own || moderator {
        return Ok(());
    }
    Err(Error::Forbidden("only the sender or an admin can delete a message"))
}

/// Whether one more emoji fits on a message.
///
/// # Errors
/// [`Error::Conflict`] on a deleted message, [`Error::Invalid`] when there are too many.
pub fn react(message: &MessageFacts, other_emoji: usize, config: &Config) -> Result<(), Error> {
    if message.deleted {
        return Err(Error::Conflict("the message was deleted"));
    }
    if other_emoji >= config.max_emoji {
        return Err(Error::over("emoji", config.max_emoji, "different ones on a message"));
    }
    Ok(())
}

/// Whether the group's title, data or members may be changed by this role.
///
/// # Errors
/// [`Error::Conflict`] for a direct conversation, [`Error::Forbidden`] for a plain member.
pub fn manage(facts: &Facts, role: Role) -> Result<(), Error> {
    if facts.kind == ConversationKind::Direct {
        return Err(Error::Conflict("a direct conversation has its two members and no title"));
    }
    if role < Role::Admin {
        return Err(Error::Forbidden("only an admin can do this"));
    }
    Ok(())
}

/// Whether the conversation may be deleted by this role.
///
/// # Errors
/// [`Error::Conflict`] for a direct conversation, [`Error::Forbidden`] for all but owners.
pub fn delete_conversation(facts: &Facts, role: Role) -> Result<(), Error> {
    manage(facts, Role::Owner)?;
    if role < Role::Owner {
        return Err(Error::Forbidden("only an owner can delete a conversation"));
    }
    Ok(())
}

/// What putting a member comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutMember {
    /// They join with this role.
    Add(Role),
    /// They are there and get this role.
    Change(Role),
    /// They are there with that role.
    Nothing,
}

/// Whether a user may be added, or given another role. Admins add members; only owners give roles.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Conflict`] for the last owner, [`Error::Invalid`] when the group is full.
pub fn put_member(
    facts: &Facts,
    by: Role,
    present: Option<Role>,
    wanted: Option<Role>,
    config: &Config,
) -> Result<PutMember, Error> {
    manage(facts, by)?;
    let may_give = |role: Role| by == Role::Owner || role == Role::Member;
    match (present, wanted) {
        (Some(_), None) => Ok(PutMember::Nothing),
        (Some(has), Some(wants)) if has == wants => Ok(PutMember::Nothing),
        (Some(_), Some(_)) if by < Role::Owner => Err(Error::Forbidden("only an owner can change roles")),
        (Some(Role::Owner), Some(_)) if facts.owner_count <= 1 => {
            Err(Error::Conflict("a group needs an owner: make somebody else one first"))
        }
        (Some(_), Some(wants)) => Ok(PutMember::Change(wants)),
        (None, wants) => {
            let role = wants.unwrap_or(Role::Member);
            if !may_give(role) {
                return Err(Error::Forbidden("only an owner can change roles"));
            }
            if facts.member_count >= config.max_members {
                return Err(Error::over("user_id", config.max_members, "members in a group"));
            }
            Ok(PutMember::Add(role))
        }
    }
}

/// Whether a member may leave or be removed.
///
/// # Errors
/// [`Error::Conflict`] in a direct conversation and for the last owner of a group with others in it,
/// [`Error::Forbidden`] without the rights.
pub fn remove_member(facts: &Facts, by: Role, own: bool, role: Role) -> Result<(), Error> {
    if facts.kind == ConversationKind::Direct {
        return Err(Error::Conflict("a direct conversation has its two members and no title"));
    }
    if !own && (by < Role::Admin || role > by) {
        return Err(Error::Forbidden("only an admin can remove members, and only an owner can remove an owner"));
    }
    if role == Role::Owner && facts.owner_count <= 1 && facts.member_count > 1 {
        return Err(Error::Conflict("a group needs an owner: make somebody else one first"));
    }
    Ok(())
}

/// The read position after reading up to `wanted`: it only ever moves forward, and not past the newest message.
/// None when it stays where it is.
#[must_use]
pub fn advance_read(current: u64, wanted: u64, last_seq: u64) -> Option<u64> {
    let reached = wanted.min(last_seq);
    (reached > current).then_some(reached)
}

/// How many messages are unread: those after the read position, without one's own and without others' deleted ones.
#[must_use]
pub fn unread(last_seq: u64, membership: &Membership, others_deleted: u64) -> u64 {
    last_seq
        .saturating_sub(membership.last_read_seq)
        .saturating_sub(membership.own_after_read)
        .saturating_sub(others_deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(member_count: usize, owner_count: usize) -> Facts {
        Facts { kind: ConversationKind::Group, member_count, owner_count }
    }

    fn text(message: &str) -> Draft {
        Draft { message: message.into(), ..Draft::default() }
    }

    #[test]
    fn text_is_counted_in_characters_and_must_be_there() {
        let config = Config::default();
        assert!(check_draft(&text(&"é".repeat(5000)), &config).is_ok());
        let Err(Error::Invalid { field, limit, .. }) = check_draft(&text(&"é".repeat(5001)), &config) else {
            panic!("5001 characters are too many")
        };
        assert_eq!((field, limit), ("message", Some(5000)));
        assert!(check_draft(&text(" \n"), &config).is_err());
        let link = Attachment {
            url: "https://example.org/a.png".into(),
            name: None,
            mime_type: None,
            size: None,
            width: None,
            height: None,
        };
        assert!(check_draft(&Draft { attachments: vec![link], ..text("") }, &config).is_ok());
    }

    #[test]
    fn an_attachment_leads_to_the_web_or_this_site_and_nowhere_else() {
        for (url, good) in [
            ("https://example.org/a", true),
            ("/files/a.png", true),
            ("//elsewhere.example/a", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("https://example.org/\u{0}", false),
        ] {
            let attachment =
                Attachment { url: url.into(), name: None, mime_type: None, size: None, width: None, height: None };
            assert_eq!(check_attachment(&attachment).is_ok(), good, "{url}");
        }
    }

    #[test]
    fn admins_add_members_and_only_owners_give_roles() {
        let config = Config::default();
        let facts = group(3, 1);
        let put = |by, present, wanted| put_member(&facts, by, present, wanted, &config);
        assert_eq!(put(Role::Admin, None, None), Ok(PutMember::Add(Role::Member)));
        assert!(put(Role::Member, None, None).is_err());
        assert!(put(Role::Admin, None, Some(Role::Admin)).is_err());
        assert_eq!(put(Role::Owner, None, Some(Role::Admin)), Ok(PutMember::Add(Role::Admin)));
        assert!(put(Role::Admin, Some(Role::Member), Some(Role::Admin)).is_err());
        assert_eq!(put(Role::Owner, Some(Role::Member), Some(Role::Owner)), Ok(PutMember::Change(Role::Owner)));
        assert_eq!(put(Role::Owner, Some(Role::Member), None), Ok(PutMember::Nothing));
        assert!(matches!(put(Role::Owner, Some(Role::Owner), Some(Role::Member)), Err(Error::Conflict(_))));
    }

    #[test]
    fn a_full_group_takes_nobody() {
        let config = Config { max_members: 3, ..Config::default() };
        let full = put_member(&group(3, 1), Role::Owner, None, None, &config);
        assert!(matches!(full, Err(Error::Invalid { limit: Some(3), .. })));
    }

    #[test]
    fn anybody_may_leave_but_the_last_owner_of_others() {
        assert!(remove_member(&group(3, 1), Role::Member, true, Role::Member).is_ok());
        assert!(remove_member(&group(3, 1), Role::Owner, true, Role::Owner).is_err());
        assert!(remove_member(&group(1, 1), Role::Owner, true, Role::Owner).is_ok());
        assert!(remove_member(&group(3, 2), Role::Admin, false, Role::Owner).is_err());
        assert!(remove_member(&group(3, 2), Role::Admin, false, Role::Member).is_ok());
        assert!(remove_member(&group(3, 2), Role::Member, false, Role::Member).is_err());
    }

    #[test]
    fn a_direct_conversation_cannot_be_managed() {
        let direct = Facts { kind: ConversationKind::Direct, member_count: 2, owner_count: 0 };
        assert!(matches!(manage(&direct, Role::Owner), Err(Error::Conflict(_))));
        assert!(matches!(remove_member(&direct, Role::Owner, true, Role::Member), Err(Error::Conflict(_))));
        assert!(delete(false, Role::Owner, &direct).is_err(), "nobody moderates a direct conversation");
    }

    #[test]
    fn read_positions_only_move_forward_and_never_past_the_end() {
        assert_eq!(advance_read(3, 5, 9), Some(5));
        assert_eq!(advance_read(3, 3, 9), None);
        assert_eq!(advance_read(3, 2, 9), None);
        assert_eq!(advance_read(3, 50, 9), Some(9));
    }

    #[test]
    fn unread_leaves_out_own_and_deleted_messages() {
        let membership = Membership {
            role: Role::Member,
            joined_at: tutti_protocol::Timestamp::default(),
            last_read_seq: 10,
            own_after_read: 2,
        };
        assert_eq!(unread(17, &membership, 1), 4);
        assert_eq!(unread(10, &membership, 0), 0, "never below zero");
    }
}
