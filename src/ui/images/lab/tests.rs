//! The image lab as a user meets it: driven by labels.
