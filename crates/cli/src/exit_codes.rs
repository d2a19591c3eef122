//! The exit codes of `sealift`. They only grow: a number keeps its meaning.
//!
//! Only `gate` and `ship` turn findings into a failing code; `scan` ends with [`DONE`] whatever it finds.

/// The work is done; a gate passed or warned.
pub const DONE: u8 = 0;
/// Something failed that no other code names: a file that cannot be read, a report that cannot be understood.
pub const FAILED: u8 = 1;
/// The command line, the policy or another file that the user writes is wrong.
pub const USAGE: u8 = 2;
/// There was nothing to work on: no report was named.
pub const NOTHING_TO_DO: u8 = 3;
/// The gate denied; nothing was shipped.
pub const DENIED: u8 = 10;
/// A proof did not verify: bytes that do not have their digest, a target that does not hold what was sent.
pub const NOT_VERIFIED: u8 = 11;
/// A remote side was unavailable; a retry may help.
pub const REMOTE_UNAVAILABLE: u8 = 20;
/// A remote side refused access.
pub const REMOTE_REFUSED: u8 = 21;

/// Every code with its name, lowest first.
pub const ALL: [(u8, &str); 8] = [
    (DONE, "done"),
    (FAILED, "failed"),
    (USAGE, "usage"),
    (NOTHING_TO_DO, "nothing-to-do"),
    (DENIED, "denied"),
    (NOT_VERIFIED, "not-verified"),
    (REMOTE_UNAVAILABLE, "remote-unavailable"),
    (REMOTE_REFUSED, "remote-refused"),
];

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_permanent() {
        let lines: Vec<String> = super::ALL
            .iter()
            .map(|(code, name)| format!("{code} {name}"))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        0 done
        1 failed
        2 usage
        3 nothing-to-do
        10 denied
        11 not-verified
        20 remote-unavailable
        21 remote-refused
        ");
    }
}
