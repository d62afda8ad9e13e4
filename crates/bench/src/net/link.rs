//! One connection: its socket, what has come of a frame so far, and what is not written yet.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::TcpStream;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The upgrade is asked for.
    Upgrading,
    /// Upgraded; the server has not said yet that it is ready.
    Greeting,
    /// Requests may be sent.
    Open,
    /// Closed by either side.
    Gone,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) stream: TcpStream,
    pub(super) stage: Stage,
    /// The beginning of a frame whose end has not come.
    pub(super) input: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// Whether it is on the list of those with something to write.
    pub(super) waits: bool,
}

impl Link {
    /// Begins to connect.
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, stage: Stage::Upgrading, input: Vec::new(), output: Vec::new(), waits: false })
    }

    /// Reads once; none when there is nothing.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.stream.read(buffer) {
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes as much as the socket takes. What is left waits for the event that says that there is room.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let mut done = 0;
        while done < self.output.len() {
            match self.stream.write(&self.output[done..]) {
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
