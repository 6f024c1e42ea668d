//! Files, decompression and threads around `logagent-core`.
