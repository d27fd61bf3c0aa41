//! Where packets come from: capture files and live interfaces. What they mean is decided in `scanwarden-core`.
