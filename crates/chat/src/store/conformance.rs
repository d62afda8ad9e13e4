//! What every chat store must do, as cases that run over any of them: each case gets a store that is new and empty.
//!
//! This is a test suite shipped as a module, so that the crates that implement [`Store`] can run it from their own
//! tests. It panics where a store is wrong. What one implementation promises beyond the trait (surviving a restart,
//! sharing commits) is tested beside that implementation.

mod access;
mod changes;
mod groups;
mod journal;
mod listing;
mod messages;
mod model;
mod reading;
mod replaying;
mod support;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::mpsc;
use tutti_core::clock::ManualClock;
use tutti_core::outbox::Log;
use tutti_protocol::Timestamp;

use crate::config::Config;
use crate::event::{Feed, Recorded};
use crate::store::Store;

/// A capacity for the feed that no case fills, so that none has to read it while it writes.
pub const FEED_CAPACITY: usize = 8192;

/// When the cases begin: 2026-01-01T00:00:00Z.
const START_MILLIS: i64 = 1_767_225_600_000;

/// A new store and what a case needs around it.
pub struct Harness {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// The same store as a log of events.
    pub log: Arc<dyn Log<Recorded>>,
    /// The other end of the feed that the store was given.
    pub feed: mpsc::Receiver<Vec<Recorded>>,
    /// The clock behind the store's generator of ids.
    pub clock: ManualClock,
}

/// A clock as the cases expect it; the store's generator of ids is to run on it.
#[must_use]
pub fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_millis(START_MILLIS))
}

/// A feed that is large enough for every case.
#[must_use]
pub fn feed() -> (Feed, mpsc::Receiver<Vec<Recorded>>) {
    mpsc::channel(FEED_CAPACITY)
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One case: the bounds it wants, and what it does with a store of its own.
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    config: fn() -> Config,
    run: fn(Harness) -> Running,
}

impl Case {
    /// Runs it over a store that `make` creates; panics where the store is wrong.
    pub async fn run<F, Fut>(&self, make: &F)
    where
        F: Fn(Config) -> Fut,
        Fut: Future<Output = Harness>,
    {
        (self.run)(make((self.config)()).await).await;
    }
}

/// Runs all cases, one after the other, each over a store of its own. The name of a case that fails is the last one
/// written.
pub async fn run_all<F, Fut>(make: F)
where
    F: Fn(Config) -> Fut,
    Fut: Future<Output = Harness>,
{
    for case in cases() {
        eprintln!("case {}", case.name);
        case.run(&make).await;
    }
}

/// Lists cases: functions from a [`Harness`], with the bounds they want if the usual ones will not do.
macro_rules! cases {
    ($($module:ident :: $name:ident $(with $config:path)?),* $(,)?) => {
        vec![$(Case {
            name: stringify!($name),
            config: cases!(@config $($config)?),
            run: |harness| Box::pin($module::$name(harness)),
        }),*]
    };
    (@config) => { Config::default };
    (@config $config:path) => { $config };
}

/// All cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    cases![
        messages::a_message_sent_twice_is_stored_once,
        messages::a_repeat_into_another_conversation_returns_the_first,
        messages::a_repeat_is_answered_before_anything_else_is_checked,
        messages::client_ids_belong_to_their_sender,
        messages::repeats_at_the_same_time_are_stored_once,
        messages::positions_are_dense_under_concurrent_posters,
        messages::events_reach_the_feed_in_the_order_of_ids_and_equal_the_log,
        messages::an_event_is_in_the_feed_before_the_call_returns,
        messages::a_message_carries_what_it_was_given,
        messages::what_a_message_answers_must_be_in_its_conversation,
        messages::a_thread_starts_at_a_message_that_is_in_none,
        messages::only_members_can_be_mentioned,
        messages::a_refused_message_leaves_nothing_behind,
        messages::the_first_message_opens_a_direct_conversation,
        messages::a_direct_conversation_is_made_once_under_concurrent_first_sends,
        messages::opening_a_direct_conversation_again_returns_it,
        messages::many_users_talk_to_one_at_once,
        access::a_stranger_finds_nothing,
        access::a_stranger_finds_no_direct_conversation,
        access::one_who_was_removed_finds_nothing,
        access::a_deleted_conversation_is_gone_for_everybody,
        access::a_pruned_conversation_stays_gone,
        access::what_was_never_made_is_not_found,
        changes::an_edit_replaces_the_text_and_says_when,
        changes::only_the_sender_edits_and_only_while_it_stands,
        changes::a_deleted_message_keeps_its_place_and_nothing_else,
        changes::deleting_twice_changes_nothing,
        changes::who_may_delete_a_message,
        changes::a_reaction_counts_once_per_user,
        changes::emoji_are_in_the_order_in_which_they_appeared,
        changes::the_viewer_comes_first_among_those_who_reacted,
        changes::of_very_many_reactions_the_first_and_the_viewers_are_listed,
        changes::a_message_takes_only_so_many_emoji with changes::few_emoji,
        changes::a_deleted_message_takes_no_reactions,
        changes::a_thread_counts_its_replies,
        groups::a_group_belongs_to_who_created_it,
        groups::a_group_created_twice_with_one_client_id_exists_once,
        groups::members_are_known_to_the_end_of_a_deleted_group,
        groups::who_may_change_a_group,
        groups::who_may_remove_whom,
        groups::a_role_is_given_once,
        groups::the_last_owner_stays_while_others_do,
        groups::the_last_to_leave_takes_the_group_along,
        groups::one_who_comes_back_is_as_new,
        groups::title_and_data_change_for_everybody,
        groups::a_direct_conversation_cannot_be_managed,
        groups::a_full_group_takes_nobody with groups::three_members,
        groups::a_user_is_in_only_so_many_conversations with groups::two_conversations,
        reading::reading_only_moves_forward,
        reading::many_messages_mark_the_newest_of_each_conversation,
        reading::messages_one_cannot_see_are_passed_over,
        reading::a_mark_names_a_message_of_its_conversation,
        reading::an_empty_conversation_is_read,
        reading::own_messages_are_never_unread,
        reading::deleted_messages_are_not_unread,
        reading::mentions_count_until_they_are_read_or_deleted,
        reading::mentioning_oneself_is_not_unread,
        reading::a_new_member_has_nothing_unread,
        reading::unread_lists_conversations_with_something_the_latest_first,
        model::unread_agrees_with_a_recount,
        listing::history_is_right_from_every_anchor,
        listing::history_around_a_message_fills_the_page,
        listing::history_of_a_thread_has_its_first_message_and_its_replies,
        listing::an_anchor_must_be_where_it_is_sought,
        listing::deleted_messages_keep_their_place_in_history,
        listing::an_empty_conversation_has_an_empty_history,
        listing::conversations_come_by_activity_page_by_page,
        listing::activity_between_pages_loses_no_quiet_conversation,
        listing::a_page_of_conversations_is_as_each_one_alone,
        listing::a_cursor_of_nobodys_making_is_refused,
        listing::members_come_by_how_long_they_are_there,
        listing::people_are_acquainted_through_what_they_share,
        replaying::nothing_is_missed,
        replaying::who_is_up_to_date_missed_nothing,
        replaying::an_event_of_the_future_cannot_be_resumed_from,
        replaying::too_much_of_one_conversation_is_loaded_afresh with replaying::short_replays,
        replaying::of_too_much_in_all_the_busiest_are_loaded_afresh with replaying::short_replays,
        replaying::one_who_joined_while_away_hears_from_then_on,
        replaying::a_long_past_does_not_count_for_one_who_just_joined with replaying::short_replays,
        replaying::one_who_was_removed_while_away_hears_only_that,
        replaying::one_who_was_away_between_leaving_and_joining_hears_nothing_of_it,
        replaying::a_conversation_deleted_while_away_is_told,
        replaying::deleted_text_is_never_replayed,
        replaying::messages_are_replayed_as_they_are_now,
        replaying::a_gap_that_starts_before_what_is_kept_is_loaded_afresh,
        replaying::a_gap_of_which_nothing_is_kept_is_loaded_afresh,
        journal::the_log_can_be_read_in_pieces,
        journal::every_consumer_has_a_cursor_of_its_own,
        journal::the_log_tells_messages_as_they_are_now,
        journal::pruning_shortens_the_log_and_nothing_else,
        journal::a_log_that_was_pruned_as_a_whole_goes_on_where_it_was,
        journal::of_a_pruned_conversation_the_log_has_no_text,
    ]
}
