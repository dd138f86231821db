//! `cibercase demo`: the product with believable data and a live feed of incidents.

mod feed;
mod past;
mod seed;
mod story;

pub use feed::start;
pub use seed::{PASSWORD, prepare};
