//! What ships with Hark to try it: the pretend shop ([`merchant`]) and a scripted SIP caller ([`caller`]).

pub mod caller;
pub mod merchant;
