//! HTTP: the WHIP endpoint and the pages, plain files embedded in the binary.
