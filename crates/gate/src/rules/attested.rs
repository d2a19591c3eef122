//! Rules over attestations: an SBOM, provenance.

use sealift_types::Digest;
use serde::{Deserialize, Serialize};

use super::{Judge, Judgement};
use crate::context::Context;
use crate::facts::{Attestation, Verification};
use crate::glob::NameGlob;
use crate::policy::Platforms;

/// Options of `sbom-attested`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SbomAttested {
    /// Predicate types that are an SBOM. Default: SPDX's and CycloneDX's, of any version.
    pub predicate_types: Vec<NameGlob>,
    /// Who must have signed it. Default: nobody in particular.
    pub signers: Vec<NameGlob>,
    /// Who must vouch for the signer. Default: nobody in particular.
    pub issuers: Vec<NameGlob>,
    /// Whether the signature must have been verified. Default: yes.
    pub verified: bool,
    /// Whether one platform is enough or each needs one. A statement about the index is about each. Default: every.
    pub platforms: Platforms,
}

impl Default for SbomAttested {
    fn default() -> Self {
        let types = ["https://spdx.dev/Document*", "https://cyclonedx.org/bom*"];
        Self {
            predicate_types: types.iter().filter_map(|glob| NameGlob::new(glob).ok()).collect(),
            signers: Vec::new(),
            issuers: Vec::new(),
            verified: true,
            platforms: Platforms::Every,
        }
    }
}

impl Judge for SbomAttested {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let wanted = Wanted {
            what: "SBOM",
            types: &self.predicate_types,
            signers: &self.signers,
            issuers: &self.issuers,
            builders: &[],
            repositories: &[],
            verified: self.verified,
            platforms: self.platforms,
        };
        wanted.judge(context, judgement);
        judgement.remedy_when_missing(
            "hand in the attestations of this image; attest an SBOM where there is none",
        );
        judgement.remedy("attest an SBOM of this image, signed by whom the policy names");
    }
}

/// Options of `provenance-verified`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProvenanceVerified {
    /// Predicate types that are provenance. Default: SLSA's, of any version.
    pub predicate_types: Vec<NameGlob>,
    /// Builders that are trusted, by their id. Default: any.
    pub builders: Vec<NameGlob>,
    /// Repositories that the image may be built from. Default: any.
    pub repositories: Vec<NameGlob>,
    /// Who must have signed it. Default: nobody in particular.
    pub signers: Vec<NameGlob>,
    /// Who must vouch for the signer. Default: nobody in particular.
    pub issuers: Vec<NameGlob>,
    /// Whether the signature must have been verified. Default: yes.
    pub verified: bool,
    /// Whether one platform is enough or each needs it. A statement about the index is about each. Default: every.
    pub platforms: Platforms,
}

impl Default for ProvenanceVerified {
    fn default() -> Self {
        Self {
            predicate_types: NameGlob::new("https://slsa.dev/provenance/*")
                .into_iter()
                .collect(),
            builders: Vec::new(),
            repositories: Vec::new(),
            signers: Vec::new(),
            issuers: Vec::new(),
            verified: true,
            platforms: Platforms::Every,
        }
    }
}

impl Judge for ProvenanceVerified {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let wanted = Wanted {
            what: "provenance",
            types: &self.predicate_types,
            signers: &self.signers,
            issuers: &self.issuers,
            builders: &self.builders,
            repositories: &self.repositories,
            verified: self.verified,
            platforms: self.platforms,
        };
        wanted.judge(context, judgement);
        judgement.remedy_when_missing(
            "hand in the attestations of this image; build it with a builder that attests where there are none",
        );
        judgement.remedy("build the image with a builder that the policy trusts and attest its provenance");
    }
}

/// An attestation that a policy asks for.
struct Wanted<'a> {
    what: &'a str,
    types: &'a [NameGlob],
    signers: &'a [NameGlob],
    issuers: &'a [NameGlob],
    builders: &'a [NameGlob],
    repositories: &'a [NameGlob],
    verified: bool,
    platforms: Platforms,
}

impl Wanted<'_> {
    fn judge(&self, context: &Context<'_>, judgement: &mut Judgement) {
        let what = self.what;
        let Some(attestations) = &context.facts.attestations else {
            judgement.missing(format!("nobody looked for attestations, so there is no {what}"));
            return;
        };
        let Some(image) = &context.facts.image else {
            judgement.missing(format!("the image is not known, so no {what} can be about it"));
            return;
        };
        let mut accepted = Vec::new();
        for attestation in attestations
            .iter()
            .filter(|a| any(self.types, Some(&a.predicate_type)))
        {
            match self.refusal(attestation) {
                None => accepted.push(attestation),
                Some(why) => judgement.note(format!("{} is not accepted: {why}", attestation.source)),
            }
        }
        let about = |digest: &Option<Digest>| {
            digest
                .as_ref()
                .is_some_and(|digest| accepted.iter().any(|a| a.subjects.contains(digest)))
        };
        if about(&image.digest) {
            return;
        }
        let covered = image
            .platforms
            .iter()
            .filter(|platform| about(&platform.digest))
            .count();
        let enough = match self.platforms {
            Platforms::Any => covered > 0,
            Platforms::Every => covered > 0 && covered == image.platforms.len(),
        };
        if enough {
            return;
        }
        if covered == 0 {
            judgement.missing(format!("there is no accepted {what} about this image"));
        } else {
            for platform in image.platforms.iter().filter(|platform| !about(&platform.digest)) {
                let name = platform
                    .platform
                    .as_ref()
                    .map_or_else(|| "a platform".to_owned(), ToString::to_string);
                judgement.missing(format!("there is no accepted {what} about {name}"));
            }
        }
    }

    fn refusal(&self, attestation: &Attestation) -> Option<&'static str> {
        let named =
            |globs: &[NameGlob], text: &Option<String>| globs.is_empty() || any(globs, text.as_deref());
        // Whoever it names as signer counts only where the signature was verified.
        let needs_signer = !(self.signers.is_empty() && self.issuers.is_empty());
        let needs_verified = self.verified || needs_signer;
        if attestation.verification == Verification::Failed {
            Some("its signature does not hold")
        } else if needs_verified && attestation.verification != Verification::Verified {
            Some("its signature was not verified")
        } else if !named(self.signers, &attestation.signer) {
            Some("the policy does not name its signer")
        } else if !named(self.issuers, &attestation.issuer) {
            Some("the policy does not name its signer's issuer")
        } else if !named(self.builders, &attestation.builder) {
            Some("the policy does not name its builder")
        } else if !named(self.repositories, &attestation.repository) {
            Some("the policy does not name its repository")
        } else {
            None
        }
    }
}

fn any(globs: &[NameGlob], text: Option<&str>) -> bool {
    text.is_some_and(|text| globs.iter().any(|glob| glob.matches(text)))
}

/// Whether the digest is the image's or one of its platforms'.
pub(super) fn is_of_image(context: &Context<'_>, digest: &Digest) -> bool {
    context.facts.image.as_ref().is_some_and(|image| {
        image.digest.as_ref() == Some(digest)
            || image.platforms.iter().any(|platform| {
                platform.digest.as_ref() == Some(digest) || platform.image_id.as_ref() == Some(digest)
            })
    })
}
