//! Hashing by the algorithm that a digest names.

use sealift_types::Digest;
use sha2::{Digest as _, Sha256, Sha512};

pub(crate) enum Hasher {
    Sha256(Box<Sha256>),
    Sha512(Box<Sha512>),
}

impl Hasher {
    /// A hasher whose result can be compared with `digest`.
    pub(crate) fn like(digest: &Digest) -> Self {
        match digest.algorithm() {
            "sha512" => Self::Sha512(Box::default()),
            _ => Self::Sha256(Box::default()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        match self {
            Self::Sha256(hasher) => Digest::from_sha256(hasher.finalize().into()),
            Self::Sha512(hasher) => {
                let mut text = String::from("sha512:");
                for byte in hasher.finalize() {
                    for nibble in [byte >> 4, byte & 0xf] {
                        text.push(char::from_digit(u32::from(nibble), 16).expect("a nibble is below 16"));
                    }
                }
                text.parse().expect("64 bytes are 128 hex digits")
            }
        }
    }
}

/// The digest of `bytes` by the algorithm of `like`.
pub(crate) fn digest_of(bytes: &[u8], like: &Digest) -> Digest {
    let mut hasher = Hasher::like(like);
    hasher.update(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_by_both_registered_algorithms() {
        let check = |text: &str| {
            let expected: Digest = text.parse().unwrap();
            assert_eq!(digest_of(b"abc", &expected), expected);
        };
        check("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        check(
            "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        );
    }
}
