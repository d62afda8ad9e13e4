//! Opening the connections of a measurement: as many at a time as a server takes well, or so many a second; each
//! subscribed to its room before it counts as ready.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::clock::{SECOND, now};
use crate::counts::{Counts, Schedule};
use crate::dialect::{Incoming, tutti};
use crate::net::{Line, Load, Net, Opening, after};
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

/// Where a person's connection belongs.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// What it subscribes to, if anything.
    pub(crate) room: Option<String>,
    pub(crate) line: Line,
}

/// The place of each person.
pub(crate) type PlaceOf<'a> = &'a dyn Fn(usize) -> Place;

struct Gather<'a> {
    place: PlaceOf<'a>,
    since: Option<String>,
    /// Those that are ready count as messages.
    counts: Counts,
}

/// What is known once everybody is there.
pub(crate) struct Gathered {
    /// Connections that were opened in a second.
    pub(crate) per_second: f64,
    /// The last event that somebody has who was just welcomed.
    pub(crate) since: Option<String>,
}

/// Opens so many connections; their numbers are 0, 1, 2, …
pub(crate) fn gather(
    net: &mut Net,
    target: &Target,
    options: &Options,
    count: usize,
    place: PlaceOf<'_>,
) -> Result<Gathered> {
    enough_files(count)?;
    let mut progress = Progress::new();
    let mut gather = Gather { place, since: None, counts: Counts::default() };
    let begun = now();
    let mut ramp = (options.ramp > 0).then(|| Schedule::new(options.ramp, begun));
    let (mut asked, mut ready, mut patience) = (0, 0, after(PATIENCE));
    let ready_of = |gather: &Gather<'_>| usize::try_from(gather.counts.messages).unwrap_or(usize::MAX);
    while ready < count {
        while asked < count && asked - ready < AT_ONCE && ramp.as_mut().is_none_or(|ramp| ramp.take(now()).is_some()) {
            let token = target.token(asked)?;
            net.open(&Opening { token: token.as_deref(), line: place(asked).line, since: None })?;
            asked += 1;
        }
        net.turn(&mut gather, ramp.as_ref().map_or(now() + SECOND, Schedule::due))?;
        progress.tick("opening", "connections", gather.counts.messages, 0);
        if ready_of(&gather) > ready {
            (ready, patience) = (ready_of(&gather), after(PATIENCE));
        } else if now() > patience {
            bail!("{ready} of {count} connections are ready, and no more for {} s", PATIENCE.as_secs());
        }
    }
    progress.clear();
    let per_second = count as f64 * SECOND as f64 / now().saturating_sub(begun).max(1) as f64;
    Ok(Gathered { per_second, since: gather.since })
}

/// Whether this program may have so many connections, before it fails half way.
fn enough_files(connections: usize) -> Result<()> {
    let wanted = connections + OTHER_FILES;
    match usage::open_files() {
        Some(most) if usize::try_from(most).is_ok_and(|most| most < wanted) => {
            bail!("{connections} connections need {wanted} open files and at most {most} are allowed (`ulimit -Hn`)")
        }
        _ => Ok(()),
    }
}

impl Load for Gather<'_> {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn opened(&mut self, net: &mut Net, link: usize, welcome: &[u8]) -> Result<()> {
        self.since = tutti::position(welcome).0.map(str::to_owned);
        match (self.place)(link).room {
            Some(room) => net.send(link, |dialect, out| dialect.subscribe(&room, out)),
            None => self.counts.messages += 1,
        }
        Ok(())
    }

    fn incoming(&mut self, _: &mut Net, _: usize, incoming: Incoming<'_>, _: u64) -> Result<()> {
        if matches!(incoming, Incoming::Subscribed(_)) {
            self.counts.messages += 1;
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
