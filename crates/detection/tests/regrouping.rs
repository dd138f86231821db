//! What becomes of a notification: the table, then what holds everywhere.

use detection::regrouping::{
    Action, Decision, GroupState, Incoming, Outcome, Policy, Situation, Storm, TicketState, decide,
    is_repeat, why,
};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use vocab::{Severity, SourceState, Verdict};

const NOW: OffsetDateTime = datetime!(2025-11-11 12:00 UTC);

/// A fire of medium severity that nobody has seen before.
fn a_fire() -> Situation {
    Situation {
        policy: Policy::Ticket,
        now: NOW,
        group: None,
        incoming: Incoming {
            severity: Severity::Medium,
            state: SourceState::Active,
            is_same_payload: false,
            has_own_time: true,
        },
        quiet_hours: 24,
        reopen_within_days: 30,
        storm: Storm { tickets_this_hour_for_rule: 0, limit: 30 },
    }
}

fn a_group(ticket: Option<TicketState>) -> GroupState {
    GroupState {
        alert_is_same_incident: true,
        ticket,
        source_cleared_since_close: false,
        highest_severity_seen: Severity::Medium,
        last_seen: NOW - Duration::hours(1),
    }
}

fn open() -> TicketState {
    TicketState { is_open: true, verdict: None, closed_at: None, is_merged: false }
}

fn closed(verdict: Verdict) -> TicketState {
    let closed_at = Some(NOW - Duration::days(2));
    TicketState { is_open: false, verdict: Some(verdict), closed_at, is_merged: false }
}

fn a_refire(ticket: TicketState) -> Situation {
    Situation { group: Some(a_group(Some(ticket))), ..a_fire() }
}

fn with_group(mut situation: Situation, change: impl FnOnce(&mut GroupState)) -> Situation {
    situation.group.as_mut().map(change);
    situation
}

fn storming(situation: Situation) -> Situation {
    Situation { storm: Storm { tickets_this_hour_for_rule: 30, limit: 30 }, ..situation }
}

fn check(situation: Situation, outcome: Outcome, action: Action, why: &str) -> Decision {
    let decision = decide(&situation);
    assert_eq!((decision.outcome, decision.action, decision.why), (outcome, action, why), "{situation:#?}");
    decision
}

#[test]
fn the_same_payload_is_counted_and_nothing_else() {
    for mut situation in
        [a_fire(), a_refire(open()), a_refire(closed(Verdict::TruePositive)), storming(a_fire())]
    {
        situation.incoming.is_same_payload = true;
        check(situation, Outcome::Duplicate, Action::RaiseOccurrencesOnly, why::SAME_PAYLOAD);
    }
}

#[test]
fn the_same_bytes_without_a_time_are_another_firing_after_the_quiet_hours() {
    let after = |hours, ticket| {
        let mut situation =
            with_group(a_refire(ticket), |group| group.last_seen = NOW - Duration::hours(hours));
        situation.incoming.is_same_payload = true;
        situation.incoming.has_own_time = false;
        situation
    };
    let ended = || closed(Verdict::TruePositive);
    check(after(23, ended()), Outcome::Duplicate, Action::RaiseOccurrencesOnly, why::SAME_PAYLOAD);
    check(after(24, ended()), Outcome::Reopened, Action::Reopen, why::QUIET_BEFORE);
    check(after(24, open()), Outcome::Updated, Action::AttachToOpenTicket, why::SAME_INCIDENT);
    let mut timed = after(24, ended());
    timed.incoming.has_own_time = true;
    check(timed, Outcome::Duplicate, Action::RaiseOccurrencesOnly, why::SAME_PAYLOAD);
}

#[test]
fn something_new_opens_a_ticket() {
    check(a_fire(), Outcome::Created, Action::CreateTicket, why::NEW);
    let never_had_one = Situation { group: Some(a_group(None)), ..a_fire() };
    check(never_had_one, Outcome::Created, Action::CreateTicket, why::NO_TICKET_YET);
}

#[test]
fn the_same_incident_updates_its_open_ticket_and_another_is_linked_to_it() {
    check(a_refire(open()), Outcome::Updated, Action::AttachToOpenTicket, why::SAME_INCIDENT);
    let another = with_group(a_refire(open()), |group| group.alert_is_same_incident = false);
    check(another, Outcome::Linked, Action::AttachToOpenTicket, why::SAME_RULE_AND_ENTITIES);
}

#[test]
fn a_refire_after_the_end_is_counted_until_it_is_back_again() {
    let warm = why::CLOSED_NEEDS_CLEAR_HIGHER_SEVERITY_OR_QUIET;
    let refire = || a_refire(closed(Verdict::TruePositive));
    check(refire(), Outcome::Updated, Action::RaiseOccurrencesOnly, warm);
    let cleared = with_group(refire(), |group| group.source_cleared_since_close = true);
    check(cleared, Outcome::Reopened, Action::Reopen, why::CLEARED_SINCE_CLOSE);
    let mut worse = refire();
    worse.incoming.severity = Severity::High;
    check(worse, Outcome::Reopened, Action::Reopen, why::HIGHER_SEVERITY);
    let silent = |for_how_long| with_group(refire(), |group| group.last_seen = NOW - for_how_long);
    check(silent(Duration::hours(24)), Outcome::Reopened, Action::Reopen, why::QUIET_BEFORE);
    let almost = Duration::hours(24) - Duration::SECOND;
    check(silent(almost), Outcome::Updated, Action::RaiseOccurrencesOnly, warm);
}

#[test]
fn a_ticket_that_ended_long_ago_is_followed_by_a_new_one() {
    let back_after = |days| {
        let mut ticket = closed(Verdict::TruePositive);
        ticket.closed_at = Some(NOW - Duration::days(days));
        with_group(a_refire(ticket), |group| group.source_cleared_since_close = true)
    };
    check(back_after(30), Outcome::Reopened, Action::Reopen, why::CLEARED_SINCE_CLOSE);
    check(back_after(31), Outcome::Created, Action::NewTicketLinkedToClosed, why::CLOSED_TOO_LONG_AGO);
    check(storming(back_after(31)), Outcome::Linked, Action::AttachToStormTicket, why::STORM);
    check(storming(back_after(30)), Outcome::Reopened, Action::Reopen, why::CLEARED_SINCE_CLOSE);
}

#[test]
fn a_false_positive_never_reopens_and_offers_a_suppression() {
    let refire = || a_refire(closed(Verdict::FalsePositive));
    let why = why::FALSE_POSITIVE_NEVER_REOPENS;
    let warm = check(refire(), Outcome::Updated, Action::RaiseOccurrencesOnly, why);
    let back = with_group(refire(), |group| group.source_cleared_since_close = true);
    let back = check(back, Outcome::Created, Action::NewTicketLinkedToClosed, why);
    assert!(warm.offer_suppression && back.offer_suppression);
    assert!(!decide(&a_refire(closed(Verdict::TruePositive))).offer_suppression);
}

#[test]
fn a_clear_goes_on_the_timeline_and_closes_nothing() {
    let clear = |mut situation: Situation| {
        situation.incoming.state = SourceState::Cleared;
        situation
    };
    check(clear(a_refire(open())), Outcome::Updated, Action::AttachToOpenTicket, why::SOURCE_CLEARED);
    let ended = clear(a_refire(closed(Verdict::TruePositive)));
    check(ended, Outcome::Updated, Action::RaiseOccurrencesOnly, why::SOURCE_CLEARED);
    check(clear(a_fire()), Outcome::Created, Action::AlertOnly, why::SOURCE_CLEARED);
}

#[test]
fn past_the_limit_of_its_rule_a_new_ticket_is_the_storms() {
    let mut last = a_fire();
    last.storm.tickets_this_hour_for_rule = 29;
    check(last, Outcome::Created, Action::CreateTicket, why::NEW);
    check(storming(a_fire()), Outcome::Linked, Action::AttachToStormTicket, why::STORM);
    check(storming(a_refire(open())), Outcome::Updated, Action::AttachToOpenTicket, why::SAME_INCIDENT);
}

#[test]
fn a_policy_of_alerts_opens_no_ticket_and_leaves_open_ones_informed() {
    let alerts = |situation| Situation { policy: Policy::AlertOnly, ..situation };
    check(alerts(a_fire()), Outcome::Created, Action::AlertOnly, why::POLICY_ALERT_ONLY);
    let known = Situation { group: Some(a_group(None)), ..a_fire() };
    check(alerts(known), Outcome::Updated, Action::RaiseOccurrencesOnly, why::POLICY_ALERT_ONLY);
    check(alerts(a_refire(open())), Outcome::Updated, Action::AttachToOpenTicket, why::SAME_INCIDENT);
    let back =
        with_group(a_refire(closed(Verdict::TruePositive)), |group| group.source_cleared_since_close = true);
    check(alerts(back), Outcome::Updated, Action::RaiseOccurrencesOnly, why::POLICY_ALERT_ONLY);
}

#[test]
fn a_suppression_hides_until_its_end() {
    let until = |at, situation| Situation { policy: Policy::SuppressUntil(at), ..situation };
    let later = NOW + Duration::SECOND;
    check(until(later, a_fire()), Outcome::Suppressed, Action::AlertOnly, why::POLICY_SUPPRESSES);
    let known = until(later, a_refire(open()));
    check(known, Outcome::Suppressed, Action::RaiseOccurrencesOnly, why::POLICY_SUPPRESSES);
    check(until(NOW, a_fire()), Outcome::Created, Action::CreateTicket, why::NEW);
}

fn any_ticket() -> impl Strategy<Value = TicketState> {
    let verdict = proptest::option::of(proptest::sample::select(Verdict::ALL));
    (any::<bool>(), verdict, proptest::option::of(0i64..100), any::<bool>()).prop_map(
        |(is_open, verdict, days, is_merged)| TicketState {
            is_open,
            verdict,
            closed_at: days.map(|days| NOW - Duration::days(days)),
            is_merged,
        },
    )
}

fn any_severity() -> impl Strategy<Value = Severity> {
    proptest::sample::select(&Severity::ALL[..])
}

fn any_group() -> impl Strategy<Value = GroupState> {
    (any::<bool>(), proptest::option::of(any_ticket()), any::<bool>(), any_severity(), 0i64..100).prop_map(
        |(alert_is_same_incident, ticket, source_cleared_since_close, highest_severity_seen, hours)| {
            GroupState {
                alert_is_same_incident,
                ticket,
                source_cleared_since_close,
                highest_severity_seen,
                last_seen: NOW - Duration::hours(hours),
            }
        },
    )
}

fn any_situation() -> impl Strategy<Value = Situation> {
    let policy = prop_oneof![
        Just(Policy::Ticket),
        Just(Policy::AlertOnly),
        (-2i64..2).prop_map(|hours| Policy::SuppressUntil(NOW + Duration::hours(hours))),
    ];
    let state = prop_oneof![Just(SourceState::Active), Just(SourceState::Cleared)];
    let incoming = (any_severity(), state, any::<bool>(), any::<bool>()).prop_map(
        |(severity, state, is_same_payload, has_own_time)| Incoming {
            severity,
            state,
            is_same_payload,
            has_own_time,
        },
    );
    (policy, proptest::option::of(any_group()), incoming, 0u32..60).prop_map(
        |(policy, group, incoming, tickets)| {
            let storm = Storm { tickets_this_hour_for_rule: tickets, limit: 30 };
            Situation { policy, group, incoming, storm, ..a_fire() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn every_decision_keeps_the_promises(situation in any_situation()) {
        let decision = decide(&situation);
        let ticket = situation.group.as_ref().and_then(|group| group.ticket.as_ref());
        let makes_ticket = matches!(decision.action, Action::CreateTicket | Action::NewTicketLinkedToClosed);
        let is_storm = situation.storm.tickets_this_hour_for_rule >= situation.storm.limit;
        prop_assert!(why::ALL.contains(&decision.why));
        if situation.incoming.is_same_payload && situation.incoming.has_own_time {
            prop_assert_eq!((decision.outcome, decision.action), (Outcome::Duplicate, Action::RaiseOccurrencesOnly));
        }
        if ticket.is_some_and(|ticket| ticket.verdict == Some(Verdict::FalsePositive)) {
            prop_assert_ne!(decision.action, Action::Reopen);
        }
        if decision.action == Action::Reopen {
            prop_assert!(ticket.is_some_and(|ticket| !ticket.is_open));
        }
        if decision.action == Action::AttachToOpenTicket {
            prop_assert!(ticket.is_some_and(|ticket| ticket.is_open));
        }
        if situation.incoming.state == SourceState::Cleared {
            prop_assert!(!makes_ticket && decision.action != Action::Reopen);
        }
        if is_storm || situation.policy == Policy::AlertOnly {
            prop_assert!(!makes_ticket);
        }
        if decision.action == Action::AttachToStormTicket {
            prop_assert!(is_storm);
        }
        if decision.outcome == Outcome::Suppressed {
            prop_assert!(matches!(situation.policy, Policy::SuppressUntil(until) if NOW < until));
        }
        prop_assert_eq!(decision.outcome == Outcome::Reopened, decision.action == Action::Reopen);
        prop_assert_eq!(decision.outcome == Outcome::Duplicate, is_repeat(&situation));
        prop_assert!(situation.incoming.is_same_payload || !is_repeat(&situation));
    }
}
