//! Text to speech: flite behind `Synthesiser`, the prompt cache, WAV overrides.
