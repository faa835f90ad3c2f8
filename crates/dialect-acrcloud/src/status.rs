//! The status codes of recognition: every outcome with its number and its words.
//!
//! The vendor's list also has codes that only clients make up (2000 to 2002, 2005, 2010) and two that cannot occur here: 3011, a metadata
//! service, and 3013, which is not explained. The words are ours where the list has none.

use engine::recognition::IdentifyError;
use serde::Serialize;
use utoipa::ToSchema;

/// How an identification ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Something was recognized.
    Success,
    /// Nothing was.
    NoResult,
    /// Too short, or without anything to recognize it by.
    NoFingerprint,
    /// Silence.
    Silent,
    /// Our fault.
    ServiceError,
    /// No access key, or one that nobody has.
    BadAccessKey,
    /// Neither of the two kinds of form.
    BadContentType,
    /// The project's searches are used up.
    QuotaUsedUp,
    /// A field is absent or wrong.
    BadParameters,
    /// The signature is not that of the fields.
    BadSignature,
    /// Too many searches per second.
    TooFast,
    /// The sample is too large.
    TooLarge,
}

impl Status {
    /// Every outcome, in the order of the codes.
    pub(crate) const ALL: [Self; 12] = [
        Self::Success,
        Self::NoResult,
        Self::NoFingerprint,
        Self::Silent,
        Self::ServiceError,
        Self::BadAccessKey,
        Self::BadContentType,
        Self::QuotaUsedUp,
        Self::BadParameters,
        Self::BadSignature,
        Self::TooFast,
        Self::TooLarge,
    ];

    /// Returns the number.
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::Success => 0,
            Self::NoResult => 1001,
            Self::NoFingerprint => 2004,
            Self::Silent => 2006,
            Self::ServiceError => 3000,
            Self::BadAccessKey => 3001,
            Self::BadContentType => 3002,
            Self::QuotaUsedUp => 3003,
            Self::BadParameters => 3006,
            Self::BadSignature => 3014,
            Self::TooFast => 3015,
            Self::TooLarge => 3016,
        }
    }

    /// Returns the number as text, for metrics.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Success => "0",
            Self::NoResult => "1001",
            Self::NoFingerprint => "2004",
            Self::Silent => "2006",
            Self::ServiceError => "3000",
            Self::BadAccessKey => "3001",
            Self::BadContentType => "3002",
            Self::QuotaUsedUp => "3003",
            Self::BadParameters => "3006",
            Self::BadSignature => "3014",
            Self::TooFast => "3015",
            Self::TooLarge => "3016",
        }
    }

    /// Returns the words.
    pub(crate) const fn msg(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::NoResult => "No result",
            Self::NoFingerprint => "Cannot make a fingerprint of the sample",
            Self::Silent => "The sample is silent",
            Self::ServiceError => "Service error",
            Self::BadAccessKey => "Missing or invalid access key",
            Self::BadContentType => "Invalid content type, multipart/form-data is expected",
            Self::QuotaUsedUp => "Limit exceeded",
            Self::BadParameters => "Missing or invalid parameters",
            Self::BadSignature => "Invalid signature",
            Self::TooFast => "Too many requests per second",
            Self::TooLarge => "The sample is too large, 10 to 20 seconds are enough",
        }
    }

    /// Returns the member `status` of an answer.
    pub(crate) const fn body(self) -> StatusBody {
        StatusBody { msg: self.msg(), code: self.code(), version: "1.0" }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct StatusBody {
    /// The outcome in words.
    #[schema(value_type = String, example = "Success")]
    msg: &'static str,
    /// The outcome: 0 for a match, 1001 for none, else what was wrong.
    #[schema(example = 0)]
    code: u16,
    /// The version of this shape.
    #[schema(value_type = String, example = "1.0")]
    version: &'static str,
}

impl From<IdentifyError> for Status {
    fn from(error: IdentifyError) -> Self {
        match error {
            IdentifyError::QuotaUsedUp => Self::QuotaUsedUp,
            IdentifyError::RateLimited { .. } => Self::TooFast,
            IdentifyError::TooLarge { .. } => Self::TooLarge,
            IdentifyError::Undecodable(reason) => {
                tracing::debug!(reason, "cannot read a sample");
                Self::NoFingerprint
            }
            IdentifyError::NoFingerprint => Self::NoFingerprint,
            IdentifyError::Silent => Self::Silent,
            IdentifyError::Engine(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "identification failed");
                Self::ServiceError
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_labels_are_codes() {
        assert!(Status::ALL.is_sorted_by_key(|status| status.code()));
        for status in Status::ALL {
            assert_eq!(status.label(), status.code().to_string());
        }
    }
}
