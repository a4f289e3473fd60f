//! Warren's commit log, segments, checkpoint and recovery.
