//! Unix sockets, of which there is the admin socket: who may open its file is an administrator, so it is never open to others, not even
//! for the moment between its creation and a change of its mode.

use std::fs;
use std::future::Future;
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use rustix::fs::{Mode, fchmod};
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::io::Interest;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::error::ListenError;
use super::halves::{ReadHalf, WriteHalf};

/// Bytes of `sun_path` without its closing zero (unix(7); macOS and the BSDs have 104).
const PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The bound admin socket. Its file is removed when this is dropped.
#[derive(Debug)]
pub struct AdminSocket {
    path: PathBuf,
    inode: u64,
    listener: UnixListener,
}

impl AdminSocket {
    /// Binds the socket. A file left by a dead server is replaced; a live server's socket, or any other file, is not.
    pub fn bind(path: &Path) -> Result<Self, ListenError> {
        let length = path.as_os_str().len();
        if length > PATH_LIMIT {
            return Err(ListenError::SocketPathTooLong { path: path.to_owned(), length, limit: PATH_LIMIT });
        }
        clear(path)?;
        let bound = create(path).and_then(|listener| Ok((listener, fs::symlink_metadata(path)?.ino())));
        let (listener, inode) =
            bound.map_err(|source| ListenError::Socket { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), inode, listener })
    }

    /// Where its file lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle that tokio can take.
    pub fn listener(&self) -> io::Result<UnixListener> {
        self.listener.try_clone()
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // Another server may have put its own socket here meanwhile.
        if fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn create(path: &Path) -> io::Result<UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let owner_only = Mode::RUSR | Mode::WUSR;
    // On Linux the file that bind creates takes its mode from the socket, so there is no moment in which it is wider.
    fchmod(&socket, owner_only).map_err(io::Error::from)?;
    socket.bind(&SockAddr::unix(path)?)?;
    // Elsewhere the mode is set before the socket listens: until then a connection is refused.
    rustix::fs::chmod(path, owner_only).map_err(io::Error::from)?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// Makes room for the socket's file.
fn clear(path: &Path) -> Result<(), ListenError> {
    let occupied = |problem| Err(ListenError::SocketOccupied { path: path.to_owned(), problem });
    let failed = |source| ListenError::Socket { path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(file) if !file.file_type().is_socket() => occupied("a file that is no socket lies there"),
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => occupied("another server answers there"),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        },
    }
}

impl ReadHalf for OwnedReadHalf {
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.as_ref().poll_read_ready(context)
    }

    fn poll_closed(&self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        ready!(self.poll_readable(context))?;
        // It is ready, so that this waits for nothing.
        pin!(self.ready(Interest::READABLE)).poll(context).map_ok(|ready| ready.is_read_closed())
    }
}

impl WriteHalf for OwnedWriteHalf {
    #[inline]
    fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        self.try_write(octets)
    }

    #[inline]
    fn try_write_vectored(&self, places: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(places)
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.as_ref().poll_write_ready(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_owners_alone_and_goes_with_the_socket() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin.sock");
        let socket = AdminSocket::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        UnixStream::connect(&path).unwrap();
        drop(socket);
        assert!(!path.exists());
    }

    #[test]
    fn a_dead_servers_file_is_replaced_and_a_live_ones_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "the file of a dead server stays");
        let live = AdminSocket::bind(&path).unwrap();
        let error = AdminSocket::bind(&path).unwrap_err().to_string();
        assert!(error.contains("another server answers there"), "{error}");
        drop(live);
    }

    #[test]
    fn another_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin.sock");
        fs::write(&path, "mine").unwrap();
        let error = AdminSocket::bind(&path).unwrap_err().to_string();
        assert!(error.contains("no socket") && error.contains("--socket"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }

    #[test]
    fn a_path_that_does_not_fit_is_named_with_its_limit() {
        let path = PathBuf::from(format!("/tmp/{}", "x".repeat(200)));
        let error = AdminSocket::bind(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("allow {PATH_LIMIT}")) && error.contains("--socket"), "{error}");
    }
}
