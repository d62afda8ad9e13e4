//! Opening the connections of a measurement: as many at a time as a server takes well, or so many a second; each
//! subscribed to its room before it counts as ready.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::clock::{SECOND, now};
use crate::counts::Schedule;
use crate::dialect::Incoming;
use crate::net::{Load, Net, after};
use crate::options::Options;
use crate::progress::Progress;
use crate::target::Target;
use crate::usage;

/// How many connections are being opened at the same time.
pub(crate) const AT_ONCE: usize = 64;
/// How long nothing may happen while connections are opened.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that this program has open beside its connections.
const OTHER_FILES: usize = 50;

/// The room that a person subscribes to, if any.
pub(crate) type RoomOf<'a> = &'a dyn Fn(usize) -> Option<String>;

struct Gather<'a> {
    room: RoomOf<'a>,
    ready: usize,
}

/// Opens so many connections; their numbers are 0, 1, 2, … Returns how many there were in a second.
pub(crate) fn gather(net: &mut Net, target: &Target, options: &Options, count: usize, room: RoomOf<'_>) -> Result<f64> {
    enough_files(count)?;
    let mut progress = Progress::new();
    let mut gather = Gather { room, ready: 0 };
    let begun = now();
    let mut ramp = (options.ramp > 0).then(|| Schedule::new(options.ramp, begun));
    let (mut asked, mut ready, mut patience) = (0, 0, after(PATIENCE));
    while gather.ready < count {
        while asked < count
            && asked - gather.ready < AT_ONCE
            && ramp.as_mut().is_none_or(|ramp| ramp.take(now()).is_some())
        {
            net.open(target.token(asked)?.as_deref())?;
            asked += 1;
        }
        net.turn(&mut gather, ramp.as_ref().map_or(now() + SECOND, Schedule::due))?;
        progress.tick("opening", "connections", gather.ready as u64, 0);
        if gather.ready > ready {
            (ready, patience) = (gather.ready, after(PATIENCE));
        } else if now() > patience {
            bail!("{ready} of {count} connections are ready, and no more for {} s", PATIENCE.as_secs());
        }
    }
    progress.clear();
    Ok(count as f64 * SECOND as f64 / now().saturating_sub(begun).max(1) as f64)
}

/// Whether this program may have so many connections, before it fails half way.
fn enough_files(connections: usize) -> Result<()> {
    let wanted = connections + OTHER_FILES;
    match usage::open_files() {
        Some(most) if most < wanted => {
            bail!(
                "{connections} connections need {wanted} open files and {most} are allowed: raise it with `ulimit -n`"
            )
        }
        _ => Ok(()),
    }
}

impl Load for Gather<'_> {
    fn opened(&mut self, net: &mut Net, link: usize) -> Result<()> {
        match (self.room)(link) {
            Some(room) => net.send(link, |dialect, out| dialect.subscribe(&room, out)),
            None => self.ready += 1,
        }
        Ok(())
    }

    fn incoming(&mut self, _: &mut Net, _: usize, incoming: Incoming<'_>, _: u64) -> Result<()> {
        if incoming == Incoming::Subscribed {
            self.ready += 1;
        }
        Ok(())
    }

    fn refused(&mut self, _: &mut Net, link: usize, frame: &[u8]) -> Result<()> {
        bail!("connection {link} was refused: {}", String::from_utf8_lossy(frame))
    }

    fn lost(&mut self, _: &mut Net, link: usize, why: &str) -> Result<()> {
        bail!("connection {link} was lost while others were opened: {why}")
    }
}
