//! A line on a terminal about work that takes more than a second.

use std::io::{self, Read, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Talk;

/// Work shorter than this is not talked about.
const PATIENCE: Duration = Duration::from_secs(1);
const REFRESH: Duration = Duration::from_millis(100);

/// Progress of one piece of work; ends when dropped.
pub(crate) struct Progress {
    bytes: Arc<AtomicU64>,
    stop: Arc<(Mutex<bool>, Condvar)>,
    drawer: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to watch. `label` is ours, not text from outside.
    pub(crate) fn start(talk: Talk, label: &'static str) -> Self {
        let bytes = Arc::new(AtomicU64::new(0));
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let drawer = talk.shows_progress().then(|| {
            let (bytes, stop) = (Arc::clone(&bytes), Arc::clone(&stop));
            std::thread::spawn(move || draw(label, &bytes, &stop))
        });
        Self { bytes, stop, drawer }
    }

    /// Adds bytes that are done.
    pub(crate) fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A reader that counts what passes.
    pub(crate) fn watch<R: Read>(&self, reader: R) -> Watched<'_, R> {
        Watched {
            reader,
            progress: self,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(drawer) = self.drawer.take() {
            let _ = drawer.join();
        }
    }
}

fn draw(label: &str, bytes: &AtomicU64, stop: &(Mutex<bool>, Condvar)) {
    let mut stopped = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut pause = PATIENCE;
    let mut drawn = false;
    loop {
        let (guard, timeout) = stop
            .1
            .wait_timeout_while(stopped, pause, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner);
        stopped = guard;
        if !timeout.timed_out() {
            break;
        }
        let done = bytes.load(Ordering::Relaxed);
        let _ = write!(io::stderr(), "\r\u{1b}[2K{label}: {}", size(done));
        drawn = true;
        pause = REFRESH;
    }
    if drawn {
        let _ = write!(io::stderr(), "\r\u{1b}[2K");
    }
}

/// Bytes for people, in binary units with one decimal.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A reader whose bytes are counted.
pub(crate) struct Watched<'a, R> {
    reader: R,
    progress: &'a Progress,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.progress.advance(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_for_people() {
        let check = |bytes, expected: &str| assert_eq!(super::size(bytes), expected);
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.0 KiB");
        check(1_536_000, "1.4 MiB");
        check(u64::MAX, "16777215.9 TiB");
    }
}
