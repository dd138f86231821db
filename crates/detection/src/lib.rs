//! What an alert means for the queue: which alerts are one, how urgent they are, what happens next, and by which words
//! they are found again.
//!
//! Words: a **key** ([`fingerprint`]) is what two deliveries share when they tell of one thing; **urgency**
//! ([`urgency`]) is severity, asset criticality and exposure in one score with its arithmetic; a **decision**
//! ([`regrouping`]) says what becomes of an incoming notification; **terms** ([`terms`]) are what a search compares.
//!
//! Invariants: no I/O, no clock, no randomness. The same input gives the same output, always: keys are stored.

pub mod fingerprint;
pub mod regrouping;
pub mod terms;
pub mod urgency;
