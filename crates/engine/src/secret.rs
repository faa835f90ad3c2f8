//! The server's key, and what is derived from it: token hashes, sealed secrets, signed links.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::ids::Entropy;

/// Text that must not reach a log; prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Makes a random secret of `n_bytes` bytes, printed as hex after `prefix`.
    pub fn random(prefix: &str, n_bytes: usize, entropy: &dyn Entropy) -> Self {
        let mut bytes = vec![0; n_bytes];
        entropy.fill(&mut bytes);
        Self(format!("{prefix}{}", hex::encode(bytes)))
    }

    /// Makes a random secret of `n_chars` letters and digits, 5.95 bits each.
    pub fn random_letters(n_chars: usize, entropy: &dyn Entropy) -> Self {
        const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(n_chars);
        while text.len() < n_chars {
            let mut bytes = [0; 64];
            entropy.fill(&mut bytes);
            // Bytes beyond the last whole round would make some letters likelier than others.
            let fair =
                bytes.into_iter().filter(|byte| *byte < 248).map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]);
            text.extend(fair.map(char::from).take(n_chars - text.len()));
        }
        Self(text)
    }

    /// Returns the text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Signs bytes with a secret's text: lower-case hex HMAC-SHA256.
pub fn sign_hex(secret: &Secret, bytes: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose().as_bytes());
    if let Ok(mac) = &mut mac {
        mac.update(bytes);
    }
    mac.map(|mac| hex::encode(mac.finalize().into_bytes())).expect("HMAC takes keys of any length")
}

/// The key that all secrets of one installation hang on; 32 random bytes.
#[derive(Clone)]
pub struct ServerKey([u8; 32]);

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

/// Bytes of a nonce of ChaCha20-Poly1305 (RFC 8439, 2.8).
const NONCE_BYTES: usize = 12;

impl ServerKey {
    /// Wraps 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Makes a new key.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a key from 64 hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Returns the key as 64 hex digits, to be kept where only the server reads it.
    pub fn to_hex(&self) -> Secret {
        Secret::new(hex::encode(self.0))
    }

    /// Computes the keyed hash under which a bearer secret is stored.
    pub fn hash_token(&self, token: &str) -> String {
        hex::encode(self.mac("token", token))
    }

    /// Signs the path of a media link, 32 hex digits.
    pub fn sign_link(&self, subject: &str) -> String {
        hex::encode(&self.mac("link", subject)[..16])
    }

    /// Checks a signature made by [`Self::sign_link`], in constant time.
    pub fn verifies_link(&self, subject: &str, signature: &str) -> bool {
        let Ok(given) = hex::decode(signature) else {
            return false;
        };
        given.len() == 16 && self.keyed("link", subject).verify_truncated_left(&given).is_ok()
    }

    /// Encrypts a secret that must be readable again, such as a webhook signing key.
    pub fn seal(&self, secret: &Secret, entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let ciphertext = self
            .cipher()
            .encrypt(&Nonce::from(nonce), secret.expose().as_bytes())
            .expect("the message is far shorter than the cipher's 256 GiB limit");
        [nonce.as_slice(), &ciphertext].concat()
    }

    /// Decrypts what [`Self::seal`] made; `None` if it was made with another key or changed.
    pub fn unseal(&self, sealed: &[u8]) -> Option<Secret> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let plain = self.cipher().decrypt(&Nonce::from(*nonce), ciphertext).ok()?;
        String::from_utf8(plain).ok().map(Secret)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.mac("seal", "")))
    }

    fn mac(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.keyed(purpose, text).finalize().into_bytes().into()
    }

    /// Separates the purposes, so that a link's signature is never a token's hash.
    fn keyed(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(text.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemEntropy;

    #[test]
    fn a_sealed_secret_opens_only_with_its_key() {
        let key = ServerKey::random(&SystemEntropy);
        let mut sealed = key.seal(&Secret::new("whsec_1"), &SystemEntropy);
        assert_eq!(key.unseal(&sealed).unwrap().expose(), "whsec_1");
        assert_eq!(ServerKey::random(&SystemEntropy).unseal(&sealed), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(key.unseal(&sealed), None);
        assert_eq!(key.unseal(b"short"), None);
    }

    #[test]
    fn a_link_verifies_only_for_its_subject() {
        let key = ServerKey::random(&SystemEntropy);
        let signature = key.sign_link("video/1");
        assert!(key.verifies_link("video/1", &signature));
        assert!(!key.verifies_link("video/2", &signature));
        assert!(!key.verifies_link("video/1", ""));
        assert!(!key.verifies_link("video/1", &signature[..8]));
    }

    #[test]
    fn secrets_do_not_print() {
        let key = ServerKey::random(&SystemEntropy);
        assert_eq!(format!("{:?} {:?}", Secret::new("x"), key), "… ServerKey(…)");
    }
}
