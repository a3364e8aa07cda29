//! Programs as processes: the real `hark`, the demo shop, and the peers that call it. `line` is the same
//! engine inside the test, where its calls can be watched.

pub mod line;
pub mod peers;
pub mod process;
