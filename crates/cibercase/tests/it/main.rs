//! The program as an operator meets it: started, asked, killed, started again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where it goes wrong")]

mod authorization;
mod commands;
mod described;
mod durability;
mod edge;
mod hostile;
mod logs;
mod mutual;
mod policies;
mod process;
mod rotation;
mod secrets;
mod starting;
mod syslog;
