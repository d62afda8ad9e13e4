//! One connection: its socket, what has come of a frame so far, and what is not written yet.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

use super::socket::{self, Line};

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The upgrade is asked for.
    Upgrading,
    /// Upgraded; the server has not said yet that it is ready.
    Greeting,
    /// Requests may be sent.
    Open,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    /// None once it was closed by either side.
    pub(super) stream: Option<TcpStream>,
    pub(super) stage: Stage,
    /// The beginning of a frame whose end has not come.
    pub(super) input: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// Whether it is on the list of those with something to write.
    pub(super) waits: bool,
    /// Whether what comes is left in the kernel.
    pub(super) stalled: bool,
}

impl Link {
    /// Begins to connect.
    pub(super) fn connect(address: SocketAddr, line: Line) -> io::Result<Self> {
        let stream = Some(socket::connect(address, line)?);
        let (input, output) = (Vec::new(), Vec::new());
        Ok(Self { stream, stage: Stage::Upgrading, input, output, waits: false, stalled: false })
    }

    /// Whether it was closed by either side.
    pub(super) fn is_gone(&self) -> bool {
        self.stream.is_none()
    }

    /// Reads once; none when there is nothing.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        loop {
            match stream.read(buffer) {
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes as much as the socket takes. What is left waits for the event that says that there is room.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let mut done = 0;
        while done < self.output.len() {
            match stream.write(&self.output[done..]) {
                Ok(written) => done += written,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.output.drain(..done);
        Ok(())
    }
}
