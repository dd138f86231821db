//! The module's specification.

mod built_in;
mod engine;
mod http;
mod lines;
