//! The one way out: fetches users' URLs and delivers callbacks, and checks every address it connects to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engine::{Fetched, Web, WebError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use url::{Host, Url};

use crate::config::WebConfig;

/// Redirects followed before a download counts as going in circles.
const REDIRECTS_MAX: usize = 5;

/// Fetches and posts over HTTP.
pub(crate) struct HttpWeb {
    client: reqwest::Client,
    /// Follows no redirects: what is posted goes where its receiver said, or nowhere.
    poster: reqwest::Client,
    policy: AddressPolicy,
    config: WebConfig,
}

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy)]
struct AddressPolicy {
    allows_private: bool,
}

fn build_client(
    config: &WebConfig,
    policy: AddressPolicy,
    redirects: redirect::Policy,
) -> reqwest::Result<reqwest::Client> {
    #[expect(clippy::disallowed_methods, reason = "this is the one fetcher that others must use")]
    let builder = reqwest::Client::builder();
    builder
        .user_agent(concat!("phonoscope/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(CheckedResolver { policy }))
        .redirect(redirects)
        .no_proxy()
        .connect_timeout(Duration::from_secs(config.idle_timeout_s))
        .read_timeout(Duration::from_secs(config.idle_timeout_s))
        .build()
}

impl HttpWeb {
    /// Makes the client.
    ///
    /// # Errors
    /// If the system's TLS certificates cannot be used.
    pub(crate) fn new(config: &WebConfig) -> reqwest::Result<Self> {
        let policy = AddressPolicy { allows_private: config.allow_private_addresses };
        let redirects = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS_MAX {
                return attempt.error("too many redirects");
            }
            match policy.check_url(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        });
        let client = build_client(config, policy, redirects)?;
        let poster = build_client(config, policy, redirect::Policy::none())?;
        Ok(Self { client, poster, policy, config: config.clone() })
    }

    /// Posts JSON and returns the body of a successful answer.
    pub(crate) async fn post_for_bytes(
        &self,
        url: &Url,
        body: String,
        bearer: &str,
        bytes_max: u64,
        timeout: Duration,
    ) -> Result<Vec<u8>, WebError> {
        self.policy.check_url(url)?;
        let mut request = self.client.post(url.clone()).timeout(timeout).header("content-type", "application/json");
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        let mut response = request.body(body).send().await.map_err(transport)?;
        if !response.status().is_success() {
            return Err(WebError::Status(response.status().as_u16()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if (answer.len() + chunk.len()) as u64 > bytes_max {
                return Err(WebError::TooLarge(bytes_max));
            }
            answer.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    async fn download(&self, url: &Url, into: &Path, bytes_max: u64) -> Result<Fetched, WebError> {
        let response = self.client.get(url.clone()).send().await.map_err(transport)?;
        let status = response.status();
        if !status.is_success() {
            return Err(WebError::Status(status.as_u16()));
        }
        if response.content_length().is_some_and(|length| length > bytes_max) {
            return Err(WebError::TooLarge(bytes_max));
        }
        let mut file = tokio::fs::File::create(into).await.map_err(WebError::Io)?;
        let (mut response, mut hash, mut n_bytes) = (response, Sha256::new(), 0_u64);
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            n_bytes += chunk.len() as u64;
            if n_bytes > bytes_max {
                return Err(WebError::TooLarge(bytes_max));
            }
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(WebError::Io)?;
        }
        file.flush().await.map_err(WebError::Io)?;
        Ok(Fetched { n_bytes, sha256: hex::encode(hash.finalize()) })
    }
}

#[async_trait]
impl Web for HttpWeb {
    async fn fetch(&self, url: &Url, into: &Path, bytes_max: u64) -> Result<Fetched, WebError> {
        self.policy.check_url(url)?;
        let limit = Duration::from_secs(self.config.fetch_timeout_s);
        let timed_out = |_| WebError::Transport(format!("not finished after {} s", limit.as_secs()));
        tokio::time::timeout(limit, self.download(url, into, bytes_max)).await.map_err(timed_out)?
    }

    async fn check(&self, url: &Url) -> Result<(), WebError> {
        self.policy.check_url(url)
    }

    async fn post_json(&self, url: &Url, body: String, headers: &[(&'static str, String)]) -> Result<u16, WebError> {
        if !self.config.callbacks {
            return Err(WebError::Refused("callbacks are switched off".to_owned()));
        }
        self.policy.check_url(url)?;
        let mut request = self
            .poster
            .post(url.clone())
            .timeout(Duration::from_secs(self.config.callback_timeout_s))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let status = request.body(body).send().await.map_err(transport)?.status();
        if status.is_success() { Ok(status.as_u16()) } else { Err(WebError::Status(status.as_u16())) }
    }
}

/// Finds our own refusal inside the client's error, which wraps what the resolver and the redirect policy said.
fn transport(error: reqwest::Error) -> WebError {
    let error = error.without_url();
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    let mut deepest = error.to_string();
    while let Some(cause) = source {
        if let Some(WebError::Refused(reason)) = cause.downcast_ref() {
            return WebError::Refused(reason.clone());
        }
        deepest = cause.to_string();
        source = cause.source();
    }
    WebError::Transport(deepest)
}

impl AddressPolicy {
    /// Checks a URL whose host is an address; names are checked when they are resolved.
    fn check_url(self, url: &Url) -> Result<(), WebError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(WebError::Refused(format!("the scheme `{}`", url.scheme())));
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.check(address.into()),
            Some(Host::Ipv6(address)) => self.check(address.into()),
            Some(Host::Domain(_)) => Ok(()),
            None => Err(WebError::Refused("a URL without a host".to_owned())),
        }
    }

    fn check(self, address: IpAddr) -> Result<(), WebError> {
        if self.allows_private || is_public(address) { Ok(()) } else { Err(WebError::Refused(address.to_string())) }
    }
}

/// Resolves names as the system does, and refuses those that lead to an address that may not be reached.
struct CheckedResolver {
    policy: AddressPolicy,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy;
        Box::pin(async move {
            // The port is replaced by the client with the URL's own.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                policy.check(address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Tells whether an address belongs to the public internet.
///
/// From the IANA special-purpose address registries, <https://www.iana.org/assignments/iana-ipv4-special-registry>
/// and <https://www.iana.org/assignments/iana-ipv6-special-registry>.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || (a == 100 && (64..128).contains(&b)) // shared by carriers
        || (a == 192 && b == 0 && (c == 0 || c == 2)) // protocol assignments, documentation
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 198 && (b == 18 || b == 19)) // benchmarks
        || (a == 198 && b == 51 && c == 100) // documentation
        || (a == 203 && b == 0 && c == 113) // documentation
        || a >= 240; // reserved, broadcast
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    let is_documentation = first == 0x2001 && address.segments()[1] == 0xdb8;
    // Only 2000::/3 is given out for global unicast.
    (first & 0xe000) == 0x2000 && !is_documentation
}

/// Returns the IPv4 address that an IPv6 address leads to: mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if let Some(mapped) = address.to_ipv4_mapped() {
        return Some(mapped);
    }
    match s {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        let private = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 \
            255.255.255.255 192.0.2.1 198.18.0.1 ::1 :: fe80::1 fc00::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 \
            64:ff9b::7f00:1 2002:7f00:1::1";
        for text in private.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_name_that_resolves_to_loopback_is_refused() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let web = HttpWeb::new(&WebConfig::default()).unwrap();
        for url in ["http://localhost:9/x", "http://127.0.0.1:9/x", "http://[::1]:9/x", "http://2130706433/x"] {
            let url = Url::parse(url).unwrap();
            let error = runtime.block_on(web.fetch(&url, &folder.path().join("x"), 10)).unwrap_err();
            assert!(matches!(error, WebError::Refused(_)), "{url}: {error}");
        }
    }
}
