//! `hark eval`: accuracy of hearing and understanding, through the same code as a call.
