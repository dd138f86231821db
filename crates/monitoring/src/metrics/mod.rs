//! What Prometheus asks of a process, in OpenMetrics' text. Labels come from what we have written ourselves (route templates, kinds,
//! the settings' receivers): nobody who calls can make one.

mod http;
mod process;
mod requests;
mod text;

pub use http::{MetricsRead, OF_ALL, routes};
pub use process::{open_files, processor_time, resident_bytes};
pub use requests::{LatencyBound, Requests, Tally, measure};
