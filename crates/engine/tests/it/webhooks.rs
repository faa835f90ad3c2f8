//! Who hears how films end, how often it is tried, and what the log says.

use std::time::Duration;

use engine::film::{
    Delivery, DeliveryState, FilmEvent, FilmState, NewFilm, Start, Webhook, WebhookChange, WebhookState,
};
use engine::{ErrorKind, Page, sign_hex};

use crate::house::{DOOR, House, plain_film};

const ALL: Page = Page { limit: 100, offset: 0 };
const URL: &str = "https://hooks.example/a";

async fn subscribe(house: &House, url: &str) -> Webhook {
    let given = WebhookChange {
        url: Some(url.to_owned()),
        events: Some(vec![FilmEvent::Done, FilmEvent::Failed]),
        ..WebhookChange::default()
    };
    house.engine.create_webhook(&house.caller, DOOR, given).await.unwrap()
}

async fn webhook(house: &House, known: &Webhook) -> Webhook {
    house.engine.webhook(&house.caller.account_id, DOOR, &known.id).await.unwrap()
}

async fn log(house: &House) -> Vec<Delivery> {
    house.engine.deliveries(&house.caller.account_id, None, ALL).await.unwrap()
}

/// Waits until the newest delivery is in a state.
async fn delivery_when(house: &House, is_there: impl Fn(&Delivery) -> bool) -> Delivery {
    house.until(async || log(house).await.into_iter().next().filter(|delivery| is_there(delivery))).await
}

async fn render_one(house: &House) {
    let film = house.create(plain_film(), Start::Now).await;
    house.film_when(&film.id, |film| film.state == FilmState::Done).await;
}

#[tokio::test]
async fn the_end_of_a_film_is_told_once_and_signed() {
    let mut house = House::new().await;
    house.work();
    let hook = subscribe(&house, URL).await;
    let new = NewFilm { webhook_url: Some("https://hooks.example/own".to_owned()), ..plain_film() };
    let film = house.create(new, Start::Now).await;
    let posts = house.posts(2).await;
    delivery_when(&house, |delivery| delivery.state == DeliveryState::Delivered).await;
    let own = posts.iter().find(|post| post.url.ends_with("/own")).unwrap();
    assert_eq!((&own.body["event"], &own.body["id"]), (&"done".into(), &film.id.as_str().into()));
    assert!(!own.headers.contains_key("x-vendor-signature"), "a film's own address has no secret");
    let signed = posts.iter().find(|post| post.url == URL).unwrap();
    let secret = house.engine.webhook_secret(&hook).unwrap();
    assert_eq!(signed.headers["x-vendor-signature"], sign_hex(&secret, signed.text.as_bytes()));
    let stamp = &signed.headers["x-phonoscope-signature"];
    let (time, signature) = stamp.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert_eq!(signature, sign_hex(&secret, format!("{time}.{}", signed.text).as_bytes()));
    house.rest().await;
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let mut house = House::new().await;
    house.work();
    let old = subscribe(&house, URL).await;
    let new = house.engine.rotate_webhook_secret(&house.caller.account_id, DOOR, &old.id).await.unwrap();
    let secret = |hook: &Webhook| house.engine.webhook_secret(hook).unwrap();
    assert_ne!(secret(&old), secret(&new));
    render_one(&house).await;
    let post = house.posts(1).await.remove(0);
    assert_eq!(post.headers["x-vendor-signature"], sign_hex(&secret(&new), post.text.as_bytes()));
    let stamp = &post.headers["x-phonoscope-signature"];
    let time = stamp.strip_prefix("t=").unwrap().split(',').next().unwrap();
    let signed = format!("{time}.{}", post.text);
    let both = [secret(&new), secret(&old)].map(|secret| format!(",v1={}", sign_hex(&secret, signed.as_bytes())));
    assert_eq!(*stamp, format!("t={time}{}", both.concat()));
    house.advance(Duration::from_secs(25 * 3600));
    render_one(&house).await;
    let post = house.posts(2).await.remove(1);
    assert_eq!(post.headers["x-phonoscope-signature"].matches("v1=").count(), 1);
    house.rest().await;
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_as_the_policy_says() {
    let mut house = House::new().await;
    house.work();
    subscribe(&house, URL).await;
    house.receiver(URL, &[500, 503, 204]);
    render_one(&house).await;
    let first = delivery_when(&house, |delivery| delivery.attempts.len() == 1).await;
    assert_eq!(first.state, DeliveryState::Pending);
    let pause = first.next_at.unwrap().since(first.attempts[0].at).as_secs_f64();
    assert!((47.0..74.0).contains(&pause), "60 s with a fifth of jitter, not {pause}");
    house.advance(Duration::from_secs(75));
    let second = delivery_when(&house, |delivery| delivery.attempts.len() == 2).await;
    let pause = second.next_at.unwrap().since(second.attempts[1].at).as_secs_f64();
    assert!((479.0..722.0).contains(&pause), "600 s with a fifth of jitter, not {pause}");
    house.advance(Duration::from_secs(725));
    let last = delivery_when(&house, |delivery| delivery.state == DeliveryState::Delivered).await;
    let statuses: Vec<_> = last.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(500), Some(503), Some(204)]);
    let posts = house.posts(3).await;
    assert!(posts.iter().all(|post| post.text == posts[0].text), "every attempt posts the same bytes");
    let ids: Vec<_> = posts.iter().map(|post| &post.headers["x-phonoscope-delivery"]).collect();
    assert!(ids.iter().all(|id| *id == last.id.as_str()));
    house.rest().await;
}

#[tokio::test]
async fn a_webhook_that_fails_too_often_is_switched_off_and_comes_back_when_a_resend_succeeds() {
    let mut house = House::new().await;
    house.work();
    let hook = subscribe(&house, URL).await;
    house.receiver(URL, &[500]);
    for n_failed in 1..=2 {
        render_one(&house).await;
        for n_attempts in 1..=3 {
            delivery_when(&house, |delivery| delivery.attempts.len() == n_attempts).await;
            house.advance(Duration::from_secs(725));
        }
        delivery_when(&house, |delivery| delivery.state == DeliveryState::Failed).await;
        assert_eq!(webhook(&house, &hook).await.n_failed, n_failed);
    }
    assert_eq!(webhook(&house, &hook).await.state, WebhookState::Inactive);
    // Nothing is sent while it is off.
    let n_posts = house.posts(6).await.len();
    render_one(&house).await;
    assert_eq!(log(&house).await.len(), 2);
    assert_eq!(house.posts(n_posts).await.len(), n_posts);
    house.receiver(URL, &[200]);
    let failed = log(&house).await.remove(0);
    house.engine.resend(&house.caller.account_id, DOOR, &failed.id).await.unwrap();
    delivery_when(&house, |delivery| delivery.state == DeliveryState::Delivered).await;
    let back = webhook(&house, &hook).await;
    assert_eq!((back.state, back.n_failed), (WebhookState::Active, 0));
    house.rest().await;
}

#[tokio::test]
async fn a_receiver_that_is_gone_or_private_is_not_tried_again() {
    let mut house = House::new().await;
    house.work();
    let hook = subscribe(&house, URL).await;
    house.receiver(URL, &[410]);
    render_one(&house).await;
    let delivery = delivery_when(&house, |delivery| delivery.state == DeliveryState::Failed).await;
    assert_eq!((delivery.attempts.len(), delivery.attempts[0].status), (1, Some(410)));
    assert_eq!(webhook(&house, &hook).await.state, WebhookState::Inactive);
    let film = NewFilm { webhook_url: Some("http://10.0.0.1/".to_owned()), ..plain_film() };
    house.create(film, Start::Now).await;
    let is_private = |delivery: &Delivery| delivery.url.contains("10.0.0.1") && delivery.state == DeliveryState::Failed;
    let delivery = delivery_when(&house, is_private).await;
    assert!(delivery.attempts[0].error.as_ref().unwrap().contains("private"));
    house.rest().await;
}

#[tokio::test]
async fn a_paused_webhook_drops_what_was_to_be_sent() {
    let mut house = House::new().await;
    let hook = subscribe(&house, URL).await;
    house.receiver(URL, &[500]);
    house.work();
    render_one(&house).await;
    delivery_when(&house, |delivery| delivery.attempts.len() == 1).await;
    let pause = WebhookChange { state: Some(WebhookState::Paused), ..WebhookChange::default() };
    house.engine.change_webhook(&house.caller.account_id, DOOR, &hook.id, pause).await.unwrap();
    house.advance(Duration::from_secs(75));
    let delivery = delivery_when(&house, |delivery| delivery.state != DeliveryState::Pending).await;
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Dropped, 1));
    house.rest().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_delays_no_film() {
    let mut house = House::new().await;
    house.work();
    house.receiver(URL, &[0]);
    subscribe(&house, URL).await;
    for _ in 0..10 {
        render_one(&house).await;
    }
    assert!(!house.posts(1).await.is_empty());
    // The workers give the deliveries back when they stop.
    house.rest().await;
}

#[tokio::test]
async fn a_webhook_is_its_owners_alone() {
    let house = House::new().await;
    let hook = subscribe(&house, URL).await;
    let (engine, account) = (&house.engine, &house.stranger.account_id);
    let kinds = [
        engine.webhook(account, DOOR, &hook.id).await.unwrap_err().kind(),
        engine.numbered_webhook(account, DOOR, hook.number).await.unwrap_err().kind(),
        engine.change_webhook(account, DOOR, &hook.id, WebhookChange::default()).await.unwrap_err().kind(),
        engine.rotate_webhook_secret(account, DOOR, &hook.id).await.unwrap_err().kind(),
        engine.delete_webhook(account, DOOR, &hook.id).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::NotFound; 5]);
    assert_eq!(engine.webhooks(account, DOOR, ALL).await.unwrap().total, 0);
    let private = WebhookChange { url: Some("http://10.0.0.1/".to_owned()), ..WebhookChange::default() };
    let refused = engine.create_webhook(&house.caller, DOOR, private).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
}
