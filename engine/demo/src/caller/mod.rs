//! A SIP caller that follows a script, independent of the engine's own SIP stack.
