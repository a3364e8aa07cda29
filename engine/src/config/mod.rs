//! Configuration files: parsed strictly, refused with file, line and remedy.
