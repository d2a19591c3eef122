//! Reading the JSON formats.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ImportError;
use super::detect::Format;

/// Reads a document. Nesting is bounded by `serde_json`'s limit of 128.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(|error| ImportError::Json {
        problem: error.to_string(),
    })
}

/// Which of the formats a JSON object is, by the keys that each requires.
pub(super) fn detect(text: &str) -> Result<Format, ImportError> {
    let keys: Keys = parse(text)?;
    let context = keys.context.as_deref().unwrap_or("");
    if context.contains("openvex") {
        Ok(Format::Openvex)
    } else if keys.bom_format.as_deref() == Some("CycloneDX") {
        Ok(Format::Cyclonedx)
    } else if keys
        .document
        .is_some_and(|document| document.csaf_version.is_some())
    {
        Ok(Format::Csaf)
    } else {
        Err(ImportError::Unknown)
    }
}

#[derive(Deserialize)]
struct Keys {
    #[serde(rename = "@context", default, deserialize_with = "lenient")]
    context: Option<String>,
    #[serde(rename = "bomFormat", default, deserialize_with = "lenient")]
    bom_format: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    document: Option<Document>,
}

#[derive(Deserialize)]
struct Document {
    csaf_version: Option<IgnoredAny>,
}

/// `None` for a value of another type.
fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        Expected(T),
        Other(IgnoredAny),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Expected(value) => Some(value),
        Either::Other(_) => None,
    })
}
