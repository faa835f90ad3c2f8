//! The fields of a request, from whichever kind of form.

use intake::Clip;

use crate::signature::Signed;
use crate::status::Status;

/// Longest field besides the sample, in bytes; longer ones count as absent.
pub(super) const TEXT_BYTES_MAX: usize = 4 << 10;

/// Names of the fields besides the sample.
pub(super) const TEXT_NAMES: [&str; 6] =
    ["sample_bytes", "access_key", "data_type", "signature_version", "signature", "timestamp"];

/// The path that clients sign, whatever slashes are in their URLs.
pub(super) const SIGNED_PATH: &str = "/v1/identify";

/// What a form had in it; fields that nobody asked for are left out.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) sample: Option<Clip>,
    pub(super) sample_bytes: Option<String>,
    pub(super) access_key: Option<String>,
    pub(super) data_type: Option<String>,
    pub(super) signature_version: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) timestamp: Option<String>,
}

/// Kinds of sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataType {
    /// An audio file.
    Audio,
    /// A fingerprint file.
    Fingerprint,
}

/// A request with everything in it.
#[derive(Debug)]
pub(super) struct Complete<'a> {
    /// What was signed.
    pub(super) signed: Signed<'a>,
    /// The signature.
    pub(super) signature: &'a str,
    /// The clip.
    pub(super) sample: Clip,
    /// What it is.
    pub(super) data_type: DataType,
}

impl Fields {
    /// Returns where the value of a field goes.
    fn slot(&mut self, name: &[u8]) -> Option<&mut Option<String>> {
        Some(match name {
            b"sample_bytes" => &mut self.sample_bytes,
            b"access_key" => &mut self.access_key,
            b"data_type" => &mut self.data_type,
            b"signature_version" => &mut self.signature_version,
            b"signature" => &mut self.signature,
            b"timestamp" => &mut self.timestamp,
            _ => return None,
        })
    }

    /// Keeps a field; what is too long or no text is as good as absent.
    pub(super) fn set(&mut self, name: &[u8], value: Vec<u8>) {
        if value.len() > TEXT_BYTES_MAX {
            return;
        }
        if let (Some(slot), Ok(text)) = (self.slot(name), String::from_utf8(value)) {
            *slot = Some(text);
        }
    }

    /// Checks that nothing is missing.
    ///
    /// Our choice: an access key that is absent while all else is there is a wrong key, as the words of its code say.
    pub(super) fn complete(&self) -> Result<Complete<'_>, Status> {
        let data_type = match text(&self.data_type) {
            Some("audio") => DataType::Audio,
            Some("fingerprint") => DataType::Fingerprint,
            _ => return Err(Status::BadParameters),
        };
        let is_empty = |sample: &Clip| matches!(sample, Clip::Whole(bytes) if bytes.is_empty());
        let sample = self.sample.clone().filter(|sample| !is_empty(sample));
        let (Some(sample), Some(signature), Some(timestamp), Some("1")) =
            (sample, text(&self.signature), text(&self.timestamp), text(&self.signature_version))
        else {
            return Err(Status::BadParameters);
        };
        let signed = Signed {
            path: SIGNED_PATH,
            access_key: text(&self.access_key).ok_or(Status::BadAccessKey)?,
            data_type: self.data_type.as_deref().unwrap_or_default(),
            signature_version: self.signature_version.as_deref().unwrap_or_default(),
            timestamp,
        };
        Ok(Complete { signed, signature, sample, data_type })
    }
}

/// Returns a field that has something in it.
fn text(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;

    use super::*;

    fn whole() -> Fields {
        let mut fields = Fields { sample: Some(Clip::TooLarge), ..Fields::default() };
        for (name, value) in [
            ("access_key", "k"),
            ("data_type", "audio"),
            ("signature_version", "1"),
            ("signature", "s"),
            ("timestamp", "t"),
            ("other", "o"),
        ] {
            fields.set(name.as_bytes(), value.into());
        }
        fields
    }

    #[test]
    fn every_field_is_needed() {
        assert!(whole().complete().is_ok());
        for name in ["data_type", "signature_version", "signature", "timestamp"] {
            let mut fields = whole();
            fields.set(name.as_bytes(), Vec::new());
            assert_eq!(fields.complete().unwrap_err(), Status::BadParameters, "{name}");
        }
        let keyless = Fields { access_key: None, ..whole() };
        assert_eq!(keyless.complete().unwrap_err(), Status::BadAccessKey);
        for sample in [None, Some(Clip::Whole(Bytes::new()))] {
            assert_eq!(Fields { sample, ..whole() }.complete().unwrap_err(), Status::BadParameters);
        }
    }

    #[test]
    fn only_known_kinds_and_versions_pass() {
        for (name, value) in [("data_type", "Audio"), ("data_type", "hum"), ("signature_version", "2")] {
            let mut fields = whole();
            fields.set(name.as_bytes(), value.into());
            assert_eq!(fields.complete().unwrap_err(), Status::BadParameters, "{name} {value}");
        }
    }
}
