//! One task per call: the only loop; effects, handles, and the registry of calls.
