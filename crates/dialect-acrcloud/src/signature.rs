//! Signatures of identification requests: base64 of HMAC-SHA1 over six lines.
//!
//! The lines are joined by one line feed and none follows the last: method, path, access key, data type, signature version, timestamp.
//! The path is the documented one, whatever slashes the client put into its URL, and the timestamp is text: clients send seconds, fractions
//! of seconds and milliseconds, some of them hours off, so nothing is ever refused for its time.

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::identify::base64_text;

/// What a client signed, as it sent it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// The documented path, such as `/v1/identify`.
    pub(crate) path: &'a str,
    /// The half of the pair that is not secret.
    pub(crate) access_key: &'a str,
    /// `audio` or `fingerprint`.
    pub(crate) data_type: &'a str,
    /// Always `1` so far.
    pub(crate) signature_version: &'a str,
    /// The client's time, unread.
    pub(crate) timestamp: &'a str,
}

impl Signed<'_> {
    /// Tells whether `signature` is that of these values with this secret, in the same time for every wrong one.
    pub(crate) fn is_signed_by(&self, secret: &str, signature: &str) -> bool {
        // A client that did not escape a plus sign in a form sent a space.
        let signature = signature.trim().replace(' ', "+");
        let Ok(given) = base64_text::LENIENT.decode(signature) else {
            return false;
        };
        self.mac(secret).verify_slice(&given).is_ok()
    }

    fn mac(&self, secret: &str) -> Hmac<Sha1> {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of every length");
        let lines =
            ["POST", self.path, self.access_key, self.data_type, self.signature_version, self.timestamp].join("\n");
        mac.update(lines.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const SECRET: &str = "Zk3vQ9pLx7Tn2RbYc8HdWm5JsGf1AoVe6UiKtN4X";

    fn signed<'a>(path: &'a str, data_type: &'a str) -> Signed<'a> {
        Signed {
            path,
            access_key: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            data_type,
            signature_version: "1",
            timestamp: "1767323045",
        }
    }

    #[test]
    fn the_check_values_hold() {
        for (path, data_type, signature) in [
            ("/v1/identify", "audio", "fsTMHbwl8bkpENSycdUjTdcEFME="),
            ("/v1/identify", "fingerprint", "M0G19ulUmgu94qUYjHVTzIlWflo="),
            ("/v1/monitor/identify", "audio", "L7Xh1+hto95jkO/IECn+v4xxvUs="),
        ] {
            let made = STANDARD.encode(signed(path, data_type).mac(SECRET).finalize().into_bytes());
            assert_eq!(made, signature, "{path} {data_type}");
            assert!(signed(path, data_type).is_signed_by(SECRET, signature));
        }
    }

    #[test]
    fn what_forms_do_to_a_signature_is_undone() {
        let signed = signed("/v1/monitor/identify", "audio");
        for sent in ["L7Xh1 hto95jkO/IECn v4xxvUs=", "L7Xh1+hto95jkO/IECn+v4xxvUs", " L7Xh1+hto95jkO/IECn+v4xxvUs=\r\n"]
        {
            assert!(signed.is_signed_by(SECRET, sent), "{sent}");
        }
    }

    #[test]
    fn any_other_signature_is_wrong() {
        let right = "fsTMHbwl8bkpENSycdUjTdcEFME=";
        for wrong in ["", "fsTMHbwl8bkpENSycdUjTdcEFNE=", "fsTM", "****", "7ec4cc1dbc25f1b92910d4b271d5234dd70414c1"] {
            assert!(!signed("/v1/identify", "audio").is_signed_by(SECRET, wrong), "{wrong}");
        }
        assert!(!signed("/v1/identify", "audio").is_signed_by("", right));
        assert!(!signed("/v1/identify", "fingerprint").is_signed_by(SECRET, right));
        let later = Signed { timestamp: "1767323045.0", ..signed("/v1/identify", "audio") };
        assert!(!later.is_signed_by(SECRET, right));
    }
}
