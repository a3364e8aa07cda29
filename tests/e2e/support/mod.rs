//! Programs as processes: the real `hark`, the demo shop, and the peers that call it.

pub mod peers;
pub mod process;
