//! Read buffers, shared by all connections: a connection holds one only while it has something to read.

use parking_lot::Mutex;

/// Size of a read buffer in bytes. Smaller ones cost more reads, larger ones gain nothing.
pub const BUFFER_SIZE: usize = 64 * 1024;
/// Buffers kept for reuse.
const KEPT: usize = 32;

static FREE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer of at least [`BUFFER_SIZE`] bytes. Its content is whatever was in it before.
pub fn take() -> Vec<u8> {
    FREE.lock().pop().unwrap_or_else(|| vec![0; BUFFER_SIZE])
}

/// Gives a buffer back.
pub fn give(buffer: Vec<u8>) {
    let mut free = FREE.lock();
    if free.len() < KEPT && buffer.len() == BUFFER_SIZE {
        free.push(buffer);
    }
}
