//! Speech to text: the grammar recogniser, Whisper, and the pool that runs them.
