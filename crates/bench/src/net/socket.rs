//! How the socket of a connection is made, and how one is cut off. What is said over it is for others.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// What a narrow line takes in before it refuses more, in bytes; the kernel doubles it for its own accounting.
const NARROW_BUFFER: usize = 8192;
/// Bytes in one segment of a narrow line, about what a real network has.
const NARROW_SEGMENT: u32 = 1400;

/// What a connection goes over.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// What the kernel gives by itself.
    #[default]
    Usual,
    /// Little room at either end. Over loopback the kernel would keep megabytes for somebody who does not read, and the
    /// server's own queue would never fill.
    Narrow,
}

/// Begins to connect.
pub(super) fn connect(address: SocketAddr, line: Line) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    if line == Line::Narrow {
        socket.set_recv_buffer_size(NARROW_BUFFER)?;
        socket.set_tcp_mss(NARROW_SEGMENT)?;
    }
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

/// Makes closing this socket cut it off: the other side gets a reset and no end of the stream.
pub(super) fn cut_when_closed(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;

    use super::*;

    fn pair(line: Line) -> (TcpStream, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = connect(listener.local_addr().unwrap(), line).unwrap();
        let (far, _) = listener.accept().unwrap();
        (near, far)
    }

    #[test]
    fn what_is_closed_ends_and_what_is_cut_is_reset() {
        let (near, mut far) = pair(Line::Usual);
        drop(near);
        assert_eq!(far.read(&mut [0; 8]).unwrap(), 0);
        let (near, mut far) = pair(Line::Usual);
        cut_when_closed(&near).unwrap();
        drop(near);
        assert_eq!(far.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }

    #[test]
    fn a_narrow_line_takes_little_from_somebody_who_writes_without_end() {
        use std::io::Write as _;
        let taken = |line| {
            let (_near, mut far) = pair(line);
            far.set_nonblocking(true).unwrap();
            let mut taken = 0;
            while let Ok(written) = far.write(&[0; 1024]) {
                taken += written;
            }
            taken
        };
        assert!(taken(Line::Narrow) < 400_000, "{}", taken(Line::Narrow));
    }
}
