//! The engine: adapters plugged in, settings fixed, use cases in the other modules.

use std::collections::HashMap;
use std::num::{NonZero, NonZeroU32};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota};
use studio::Studio;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::access::{Credential, Door};
use crate::blobs::Blobs;
use crate::film::{Announcer, catalog::Catalog, work::Renders};
use crate::ids::{AccountId, Entropy};
use crate::library::MediaKind;
use crate::limits::Limits;
use crate::recognition::{Hearing, Words, usage::Usage};
use crate::secret::ServerKey;
use crate::signals::Signals;
use crate::store::Store;
use crate::task::Task;
use crate::time::{Clock, Timestamp};
use crate::web::Web;
use crate::{Error, Result};

/// Shapes the body that a door posts to a task's callback URL.
pub type CallbackBody = fn(&Engine, &Task) -> String;

/// What the engine works with.
#[derive(Clone)]
pub struct Adapters {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The files.
    pub blobs: Arc<dyn Blobs>,
    /// The wake-ups.
    pub signals: Arc<dyn Signals>,
    /// The way out.
    pub web: Arc<dyn Web>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The index, in a process that recognizes.
    pub hearing: Option<Arc<Hearing>>,
    /// How the door of recognition words what the engine writes by itself.
    pub words: Option<Words>,
    /// How each door words its callbacks.
    pub callback_bodies: Vec<(Door, CallbackBody)>,
    /// What there is for everybody, in a process that renders films.
    pub catalog: Option<Arc<Catalog>>,
    /// How each door words what happens to films.
    pub announcers: Vec<(Door, Arc<dyn Announcer>)>,
}

/// What the operator fixed at the start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The key of this installation.
    pub key: ServerKey,
    /// What is accepted.
    pub limits: Limits,
    /// Scheme, host and path prefix of links, without a slash at the end.
    pub public_url: String,
    /// How long a worker may be silent before its job is given to another.
    pub lease: Duration,
    /// How long an unused original is kept.
    pub unused_asset_grace: Duration,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// All use cases, over one set of adapters.
pub struct Engine {
    adapters: Adapters,
    settings: Settings,
    rates: Rates,
    inspections: Semaphore,
    listening: Semaphore,
    usage: Usage,
    deduplicating: tokio::sync::Mutex<()>,
    account_numbers: Mutex<HashMap<AccountId, i64>>,
    hurry: CancellationToken,
    rendering: Renders,
}

/// Uploaded files that are examined at a time; each may hold a large picture in memory.
const INSPECTIONS_MAX: usize = 4;

impl Engine {
    /// Plugs the adapters in.
    pub fn new(adapters: Adapters, settings: Settings) -> Self {
        let rates = Rates { default_per_second: settings.limits.requests_per_second, limiters: Mutex::default() };
        Self {
            adapters,
            settings,
            rates,
            inspections: Semaphore::new(INSPECTIONS_MAX),
            listening: Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)),
            usage: Usage::default(),
            deduplicating: tokio::sync::Mutex::default(),
            account_numbers: Mutex::default(),
            hurry: CancellationToken::new(),
            rendering: Renders::default(),
        }
    }

    /// Returns the database.
    pub fn store(&self) -> &dyn Store {
        self.adapters.store.as_ref()
    }

    /// Returns the files.
    pub fn blobs(&self) -> &dyn Blobs {
        self.adapters.blobs.as_ref()
    }

    /// Returns the limits.
    pub fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    /// Returns scheme, host and path prefix of links, without a slash at the end.
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// Returns the absolute link of a file; see [`Self::media_path`].
    pub fn media_url(&self, kind: MediaKind, id: &str, extension: &str) -> String {
        format!("{}{}", self.settings.public_url, self.media_path(kind, id, extension))
    }

    /// Returns the randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.adapters.entropy.as_ref()
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        self.adapters.clock.now()
    }

    /// Returns what there is for everybody.
    ///
    /// # Errors
    /// [`Error::Conflict`] in a process that renders no films.
    pub fn catalog(&self) -> Result<&Arc<Catalog>> {
        let catalog = self.adapters.catalog.as_ref();
        catalog.ok_or_else(|| Error::Conflict("this process renders no films".to_owned()))
    }

    /// Returns the studio.
    pub(crate) fn studio(&self) -> Result<&Arc<Studio>> {
        Ok(self.catalog()?.studio())
    }

    /// Returns who shares the cores.
    pub(crate) fn rendering(&self) -> &Renders {
        &self.rendering
    }

    /// Ends all waiting of synchronous callers, who are told that it takes too long; for a server that stops.
    pub fn stop_waiting(&self) {
        self.hurry.cancel();
    }

    pub(crate) fn hurry(&self) -> &CancellationToken {
        &self.hurry
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn key(&self) -> &ServerKey {
        &self.settings.key
    }

    pub(crate) fn signals(&self) -> &dyn Signals {
        self.adapters.signals.as_ref()
    }

    pub(crate) fn web(&self) -> &dyn Web {
        self.adapters.web.as_ref()
    }

    pub(crate) fn adapters(&self) -> &Adapters {
        &self.adapters
    }

    /// As many clips as there are cores are worked on at a time; others wait, rather than all being slow.
    pub(crate) fn listening(&self) -> &Semaphore {
        &self.listening
    }

    pub(crate) fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Held by whoever looks a sound up to store it if it is new.
    pub(crate) fn deduplicating(&self) -> &tokio::sync::Mutex<()> {
        &self.deduplicating
    }

    /// Numbers of accounts that were read; they never change.
    pub(crate) fn account_numbers(&self) -> &Mutex<HashMap<AccountId, i64>> {
        &self.account_numbers
    }

    pub(crate) fn inspections(&self) -> &Semaphore {
        &self.inspections
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.rates
    }

    pub(crate) fn callback_body(&self, task: &Task) -> Option<String> {
        let bodies = &self.adapters.callback_bodies;
        bodies.iter().find(|(door, _)| *door == task.door).map(|(_, body)| body(self, task))
    }
}

/// A limiter per caller, made when it first calls, made anew when its limit changes.
pub(crate) struct Rates {
    default_per_second: u32,
    limiters: Mutex<HashMap<String, (u32, Arc<DefaultDirectRateLimiter>)>>,
}

impl Rates {
    /// Counts one request of the credential.
    pub(crate) fn check(&self, credential: &Credential) -> Result<()> {
        self.check_key(credential.id.as_str(), credential.requests_per_second)
    }

    /// Counts one request of whoever `key` names, who may make as many per second, or as many as is usual.
    pub(crate) fn check_key(&self, key: &str, per_second: Option<u32>) -> Result<()> {
        let per_second = per_second.unwrap_or(self.default_per_second);
        // Zero switches the limit off.
        let Some(rate) = NonZeroU32::new(per_second) else {
            return Ok(());
        };
        let limiter = self.limiter(key, rate);
        limiter.check().map_err(|not_until| Error::RateLimited {
            retry_after: not_until.wait_time_from(DefaultClock::default().now()),
        })
    }

    fn limiter(&self, key: &str, rate: NonZeroU32) -> Arc<DefaultDirectRateLimiter> {
        // A panic while the lock was held leaves at worst a limiter that starts afresh.
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known_rate, limiter)) = limiters.get(key)
            && *known_rate == rate.get()
        {
            return Arc::clone(limiter);
        }
        let limiter = new_limiter(rate);
        limiters.insert(key.to_owned(), (rate.get(), Arc::clone(&limiter)));
        limiter
    }
}

fn new_limiter(rate: NonZeroU32) -> Arc<DefaultDirectRateLimiter> {
    let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(1));
    Arc::new(DefaultDirectRateLimiter::direct(Quota::per_second(rate).allow_burst(burst)))
}
