//! What a measurement was made on: figures without it mean little.

use std::fs;

use crate::{Result, shell};

/// The machine when a measurement began.
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    date: String,
    load: String,
}

impl Machine {
    /// As Linux describes it.
    pub(crate) fn now() -> Result<Self> {
        let field = |file: &str, key: &str| -> Result<String> {
            let text = fs::read_to_string(file)?;
            let line = text
                .lines()
                .find(|line| line.starts_with(key))
                .unwrap_or_default();
            let value = line.split_once(':').map_or("unknown", |(_, value)| value.trim());
            Ok(value.to_owned())
        };
        let kib = field("/proc/meminfo", "MemTotal")?;
        let kib: u64 = kib.trim_end_matches(" kB").parse().unwrap_or(0);
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name")?,
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: kib.div_ceil(1 << 20),
            date: shell::capture(shell::command("date").args(["-u", "+%F"]))?
                .trim()
                .to_owned(),
            load: load()?,
        })
    }

    /// A sentence for the page, at the end of the measurement.
    pub(crate) fn until_now(&self) -> Result<String> {
        Ok(format!(
            "Measured on {} with {} cores ({}) and {} GiB; average load {} before and {} after.",
            self.date,
            self.cores,
            self.processor,
            self.memory_gib,
            self.load,
            load()?
        ))
    }
}

/// Processes that ran or waited in the last minute, on average.
fn load() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or("unknown").to_owned())
}
