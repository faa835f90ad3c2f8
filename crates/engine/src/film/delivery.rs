//! Deliveries: what is posted to webhooks, when it is tried again, and the log that tells the story.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::row::{Film, FilmEvent, FilmId, hex_id, named};
use super::webhook::{Webhook, WebhookId, WebhookState};
use crate::access::Door;
use crate::ids::AccountId;
use crate::job::{Failure, Job, JobKind};
use crate::secret::{Secret, sign_hex};
use crate::signals::Signal;
use crate::store::{Page, StoreError, Transaction};
use crate::time::Timestamp;
use crate::web::WebError;
use crate::work::WorkError;
use crate::{Engine, Error, Result};
use std::str::FromStr;

/// How much a pause before the next attempt may be longer or shorter than the policy says, so that deliveries that failed together
/// do not come back together.
const JITTER: f64 = 0.2;
/// Characters of an error that the log keeps.
const ERROR_CHARS_MAX: usize = 300;
/// What the log says when a delivery is sent once more.
const SENT_AGAIN: &str = "sent again on request";
/// The header with our own signature, on every signed delivery: `t=SECONDS,v1=HEX[,v1=HEX]`.
const SIGNATURE_HEADER: &str = "x-phonoscope-signature";
/// The header with the delivery's id, by which a receiver tells repetitions.
const DELIVERY_HEADER: &str = "x-phonoscope-delivery";

hex_id! {
    /// Names a delivery.
    DeliveryId,
}

named! {
    /// How a delivery stands.
    DeliveryState {
        /// To be tried, for the first time or again.
        Pending = "pending",
        /// The receiver took it.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
        /// Not sent: the webhook was paused or removed, or the film is gone.
        Dropped = "dropped",
    }
}

/// One try to post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The receiver's status, if it answered.
    pub status: Option<u16>,
    /// What went wrong, if anything.
    pub error: Option<String>,
}

/// Something to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Identifier; the receiver sees it.
    pub id: DeliveryId,
    /// The tenant.
    pub account_id: AccountId,
    /// The door whose words are used.
    pub door: Door,
    /// The film that it is about.
    pub film_id: FilmId,
    /// What happened to it.
    pub event: FilmEvent,
    /// The webhook, for one that is not a film's own address.
    pub webhook_id: Option<WebhookId>,
    /// Where to post.
    pub url: String,
    /// What is posted, from the first attempt on.
    pub body: Option<String>,
    /// How it stands.
    pub state: DeliveryState,
    /// All tries so far.
    pub attempts: Vec<Attempt>,
    /// When it is tried next.
    pub next_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a door posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// JSON.
    pub body: String,
    /// The vendor's header for the signature of the body (lower-case hex HMAC-SHA256), if it has one.
    pub signature_header: Option<&'static str>,
}

/// How stubborn a door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryPolicy {
    /// The pauses between attempts; there is one attempt more than pauses.
    pub pauses: &'static [Duration],
    /// Failed deliveries in a row after which a webhook becomes inactive; 0 for never.
    pub disable_after: i64,
}

/// How a door words what it posts.
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Returns how stubborn the door is.
    fn policy(&self) -> DeliveryPolicy;

    /// Tells whether the door posts progress to the address of a film.
    fn tells_progress(&self) -> bool {
        false
    }

    /// Words an event; none for what the door does not tell.
    ///
    /// # Errors
    /// What reading more about the film may bring.
    async fn message(
        &self,
        engine: &Engine,
        film: &Film,
        event: FilmEvent,
        webhook: Option<&Webhook>,
    ) -> Result<Option<Message>>;
}

impl Engine {
    fn announcer(&self, door: Door) -> Option<&dyn Announcer> {
        let announcers = &self.adapters().announcers;
        announcers.iter().find(|(known, _)| *known == door).map(|(_, announcer)| announcer.as_ref())
    }

    /// Queues what others want to hear of a film, in the transaction that made it so.
    pub(crate) async fn announce_film(
        &self,
        tx: &mut dyn Transaction,
        film: &Film,
        event: FilmEvent,
    ) -> Result<(), StoreError> {
        let Some(announcer) = self.announcer(film.door) else { return Ok(()) };
        if event == FilmEvent::Progress && (!announcer.tells_progress() || film.webhook_url.is_none()) {
            return Ok(());
        }
        if let Some(url) = &film.webhook_url {
            self.queue_delivery(tx, film, event, None, url).await?;
        }
        if event == FilmEvent::Progress {
            return Ok(());
        }
        for webhook in tx.listeners(&film.account_id, film.door, event).await? {
            self.queue_delivery(tx, film, event, Some(webhook.id.clone()), &webhook.url).await?;
        }
        Ok(())
    }

    async fn queue_delivery(
        &self,
        tx: &mut dyn Transaction,
        film: &Film,
        event: FilmEvent,
        webhook_id: Option<WebhookId>,
        url: &str,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let delivery = Delivery {
            id: DeliveryId::random(self.entropy()),
            account_id: film.account_id.clone(),
            door: film.door,
            film_id: film.id.clone(),
            event,
            webhook_id,
            url: url.to_owned(),
            body: None,
            state: DeliveryState::Pending,
            attempts: Vec::new(),
            next_at: Some(now),
            created_at: now,
        };
        tx.insert_delivery(&delivery).await?;
        let kind = JobKind::Deliver { delivery_id: delivery.id };
        self.queue_follow_up(tx, &film.account_id, kind).await.map(|_| ())
    }

    /// Tries a delivery once, and notes how that went. Never an error of the job: the log and the next attempt are its product.
    pub(crate) async fn deliver(&self, job: &Job, id: &DeliveryId) -> Result<Option<Delivery>, WorkError> {
        let Some(mut delivery) = self.store().read().await?.delivery(&job.account_id, id).await? else {
            return Ok(None);
        };
        if delivery.state != DeliveryState::Pending {
            return Ok(None);
        }
        let webhook = match &delivery.webhook_id {
            Some(id) => self.store().read().await?.webhook(&job.account_id, id).await?,
            None => None,
        };
        let is_wanted = |webhook: &Webhook| matches!(webhook.state, WebhookState::Active | WebhookState::Pending);
        if delivery.webhook_id.is_some() && !webhook.as_ref().is_some_and(is_wanted) {
            return Ok(Some(dropped(delivery)));
        }
        let Some(message) = self.message_of(&mut delivery, webhook.as_ref()).await? else {
            return Ok(Some(dropped(delivery)));
        };
        let secrets = webhook.as_ref().map(|webhook| self.signing_secrets(webhook)).unwrap_or_default();
        let posted = self.post_signed(&delivery, &message, &secrets).await;
        self.note_attempt(&mut delivery, posted);
        Ok(Some(delivery))
    }

    async fn message_of(&self, delivery: &mut Delivery, webhook: Option<&Webhook>) -> Result<Option<Message>> {
        let Some(announcer) = self.announcer(delivery.door) else { return Ok(None) };
        let film = self.store().read().await?.film(&delivery.account_id, &delivery.film_id).await?;
        // Progress that comes after the end would only confuse.
        let is_late = |film: &Film| delivery.event == FilmEvent::Progress && film.state.is_final();
        let Some(film) = film.filter(|film| !is_late(film)) else { return Ok(None) };
        let Some(mut message) = announcer.message(self, &film, delivery.event, webhook).await? else {
            return Ok(None);
        };
        // Every attempt posts the same bytes.
        message.body = delivery.body.get_or_insert(message.body).clone();
        Ok(Some(message))
    }

    async fn post_signed(&self, delivery: &Delivery, message: &Message, secrets: &[Secret]) -> (Attempt, bool) {
        let begun = self.now();
        let mut headers = vec![(DELIVERY_HEADER, delivery.id.to_string())];
        if let [newest, ..] = secrets {
            if let Some(name) = message.signature_header {
                headers.push((name, sign_hex(newest, message.body.as_bytes())));
            }
            headers.push((SIGNATURE_HEADER, stamped_signature(secrets, begun, &message.body)));
        }
        let posted = match url::Url::parse(&delivery.url) {
            Ok(url) => self.web().post_json(&url, message.body.clone(), &headers).await,
            Err(error) => Err(WebError::Refused(error.to_string())),
        };
        let duration_ms = u64::try_from(self.now().since(begun).as_millis()).unwrap_or(u64::MAX);
        let attempt = |status, error| Attempt { at: begun, duration_ms, status, error };
        match posted {
            Ok(status) => (attempt(Some(status), None), false),
            Err(error) => {
                let status = if let WebError::Status(status) = error { Some(status) } else { None };
                let is_final = matches!(error, WebError::Status(410) | WebError::Refused(_));
                let text: String = error.to_string().chars().take(ERROR_CHARS_MAX).collect();
                (attempt(status, Some(text)), is_final)
            }
        }
    }

    fn note_attempt(&self, delivery: &mut Delivery, (attempt, is_final): (Attempt, bool)) {
        let is_delivered = attempt.error.is_none();
        delivery.attempts.push(attempt);
        delivery.next_at = None;
        if is_delivered {
            delivery.state = DeliveryState::Delivered;
            return;
        }
        let policy = self.announcer(delivery.door).map(Announcer::policy);
        let pauses = policy.map_or(&[][..], |policy| policy.pauses);
        // Progress is worth nothing when it is late.
        let is_try = |attempt: &&Attempt| attempt.error.as_deref() != Some(SENT_AGAIN);
        let n_tries = delivery.attempts.iter().rev().take_while(is_try).count();
        let pause = pauses.get(n_tries - 1).filter(|_| delivery.event != FilmEvent::Progress);
        match pause {
            Some(pause) if !is_final => delivery.next_at = Some(self.now().saturating_add(self.jittered(*pause))),
            _ => delivery.state = DeliveryState::Failed,
        }
    }

    fn jittered(&self, pause: Duration) -> Duration {
        let mut bytes = [0; 4];
        self.entropy().fill(&mut bytes);
        let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
        pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * share)
    }

    /// Writes a tried delivery back, queues its next attempt, and judges its webhook.
    pub(crate) async fn finish_delivery(
        &self,
        tx: &mut dyn Transaction,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        tx.update_delivery(delivery).await?;
        if let Some(next_at) = delivery.next_at {
            let kind = JobKind::Deliver { delivery_id: delivery.id.clone() };
            self.queue_later(tx, &delivery.account_id, kind, next_at).await?;
        }
        let Some(webhook_id) = &delivery.webhook_id else { return Ok(()) };
        if !matches!(delivery.state, DeliveryState::Delivered | DeliveryState::Failed) {
            return Ok(());
        }
        let Some(mut webhook) = tx.lock_webhook(&delivery.account_id, webhook_id).await? else { return Ok(()) };
        self.judge(&mut webhook, delivery);
        webhook.updated_at = self.now();
        tx.update_webhook(&webhook).await
    }

    /// Gives a delivery up that could not even be tried, for a reason of our own.
    pub(crate) async fn fail_delivery(
        &self,
        tx: &mut dyn Transaction,
        account: &AccountId,
        id: &DeliveryId,
        failure: &Failure,
    ) -> Result<()> {
        let delivery = tx.lock_delivery(account, id).await?;
        if let Some(mut delivery) = delivery.filter(|delivery| delivery.state == DeliveryState::Pending) {
            let error = Some(failure.message.clone());
            delivery.attempts.push(Attempt { at: self.now(), duration_ms: 0, status: None, error });
            (delivery.state, delivery.next_at) = (DeliveryState::Failed, None);
            tx.update_delivery(&delivery).await?;
        }
        Ok(())
    }

    fn judge(&self, webhook: &mut Webhook, delivery: &Delivery) {
        if delivery.state == DeliveryState::Delivered {
            webhook.n_failed = 0;
            if webhook.state == WebhookState::Pending {
                webhook.state = WebhookState::Active;
            }
            return;
        }
        webhook.n_failed += 1;
        let is_gone = delivery.attempts.last().is_some_and(|attempt| attempt.status == Some(410));
        let limit = self.announcer(webhook.door).map_or(0, |announcer| announcer.policy().disable_after);
        let is_hopeless = is_gone || (limit > 0 && webhook.n_failed >= limit);
        if webhook.state == WebhookState::Pending || (is_hopeless && webhook.state == WebhookState::Active) {
            webhook.state = WebhookState::Inactive;
        }
    }

    /// Lists an account's deliveries, newest first, of one webhook or of all.
    pub async fn deliveries(
        &self,
        account: &AccountId,
        webhook: Option<&WebhookId>,
        page: Page,
    ) -> Result<Vec<Delivery>> {
        Ok(self.store().read().await?.deliveries(account, webhook, page).await?)
    }

    /// Finds an account's delivery at a door.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delivery(&self, account: &AccountId, door: Door, id: &DeliveryId) -> Result<Delivery> {
        let found = self.any_delivery(account, id).await?;
        if found.door == door { Ok(found) } else { Err(missing_delivery(id)) }
    }

    /// Finds an account's delivery, whatever its door.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn any_delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Delivery> {
        let found = self.store().read().await?.delivery(account, id).await?;
        found.ok_or_else(|| missing_delivery(id))
    }

    /// Sends a past delivery again; an inactive webhook becomes pending until that has gone one way or the other.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for one that is still to be tried.
    pub async fn resend(&self, account: &AccountId, door: Door, id: &DeliveryId) -> Result<Delivery> {
        let mut tx = self.store().write().await?;
        let found = tx.lock_delivery(account, id).await?.filter(|delivery| delivery.door == door);
        let mut delivery = found.ok_or_else(|| missing_delivery(id))?;
        if delivery.state == DeliveryState::Pending {
            return Err(Error::Conflict("the delivery is still to be tried".to_owned()));
        }
        if let Some(webhook_id) = &delivery.webhook_id
            && let Some(mut webhook) = tx.lock_webhook(account, webhook_id).await?
        {
            if webhook.state == WebhookState::Inactive {
                webhook.state = WebhookState::Pending;
                tx.update_webhook(&webhook).await?;
            }
            // The address may have been mended since.
            delivery.url = webhook.url;
        }
        let now = self.now();
        (delivery.state, delivery.next_at) = (DeliveryState::Pending, Some(now));
        // Not a try, but a part of the story; pauses are counted from here.
        let error = Some(SENT_AGAIN.to_owned());
        delivery.attempts.push(Attempt { at: now, duration_ms: 0, status: None, error });
        tx.update_delivery(&delivery).await?;
        let kind = JobKind::Deliver { delivery_id: delivery.id.clone() };
        self.queue_follow_up(tx.as_mut(), account, kind).await?;
        tx.commit().await?;
        self.signals().publish(Signal::JobQueued);
        Ok(delivery)
    }
}

fn missing_delivery(id: &DeliveryId) -> Error {
    Error::NotFound { what: "delivery", id: id.to_string() }
}

fn dropped(mut delivery: Delivery) -> Delivery {
    (delivery.state, delivery.next_at) = (DeliveryState::Dropped, None);
    delivery
}

/// Signs `SECONDS.BODY` with every secret, so that an old body cannot be sent again later.
fn stamped_signature(secrets: &[Secret], now: Timestamp, body: &str) -> String {
    let seconds = now.as_micros() / 1_000_000;
    let signed = format!("{seconds}.{body}");
    let signatures = secrets.iter().map(|secret| format!(",v1={}", sign_hex(secret, signed.as_bytes())));
    format!("t={seconds}") + &signatures.collect::<String>()
}
