//! SIP: the stack behind our own events and commands, trunks, admission, validation.
