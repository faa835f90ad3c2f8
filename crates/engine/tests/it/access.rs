//! Tokens for a day, keys of a door, and leaving.

use std::time::Duration;

use engine::film::Start;
use engine::{Api, AuthFailure, CredentialRequest, Door, Error, ErrorKind, Limits, Presented};

use crate::house::{DOOR, House, plain_film};

const API: Api = Api { door: Door::Aistudios, name: "films" };

fn failure<T: std::fmt::Debug>(result: engine::Result<T>) -> AuthFailure {
    match result {
        Err(Error::Auth(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_pair_is_exchanged_for_a_token_that_works_for_a_day() {
    let house = House::new().await;
    let (engine, account) = (&house.engine, &house.caller.account_id);
    let pair = engine.create_credential(account, Some(Door::Aistudios), CredentialRequest::default()).await.unwrap();
    let (app_id, user_key) = (pair.credential.public_id.clone().unwrap(), pair.secret.expose());
    assert_eq!(failure(engine.issue_day_token("other", user_key, API).await), AuthFailure::Unknown);
    assert_eq!(failure(engine.issue_day_token(&app_id, "other", API).await), AuthFailure::Unknown);
    let prefixed = engine.issue_day_token(&format!("studiov3.{app_id}"), user_key, API).await.unwrap();
    let token = engine.issue_day_token(&app_id, user_key, API).await.unwrap().token;
    assert_ne!(token.expose(), prefixed.token.expose());
    for token in [&token, &prefixed.token] {
        let caller = engine.authenticate_day_token(token.expose(), None, API).await.unwrap();
        assert_eq!(caller.account_id, *account);
    }
    let forged = [token.expose().replace('.', "x"), format!("{}x", token.expose()), String::new(), "a.b.c".to_owned()];
    for forged in &forged {
        assert_eq!(failure(engine.authenticate_day_token(forged, None, API).await), AuthFailure::Unknown, "{forged}");
    }
    let other_door = Api { door: Door::Spiritme, name: "films" };
    let refused = engine.authenticate_day_token(token.expose(), None, other_door).await;
    assert_eq!(failure(refused), AuthFailure::WrongDoor);
    // The token itself is no key, and the key no token.
    let presented = Presented { secret: token.expose(), origin_host: None };
    assert_eq!(failure(engine.authenticate(presented, API).await), AuthFailure::Unknown);
    assert_eq!(failure(engine.authenticate_day_token(user_key, None, API).await), AuthFailure::Unknown);
    house.advance(Duration::from_secs(24 * 3600 + 1));
    let expired = engine.authenticate_day_token(token.expose(), None, API).await;
    assert_eq!(failure(expired), AuthFailure::Expired);
    let fresh = engine.issue_day_token(&app_id, user_key, API).await.unwrap().token;
    engine.change_credential(&pair.credential.id, |key, now| key.disabled_at = Some(now)).await.unwrap();
    let revoked = engine.authenticate_day_token(fresh.expose(), None, API).await;
    assert_eq!(failure(revoked), AuthFailure::Unknown);
}

#[tokio::test]
async fn a_new_key_of_a_door_replaces_the_old_ones() {
    let house = House::new().await;
    let (engine, account) = (&house.engine, &house.caller.account_id);
    let created = engine.replace_door_key(&house.caller, DOOR, "second").await.unwrap();
    let keys = engine.door_keys(account, DOOR).await.unwrap();
    assert_eq!(keys.iter().map(|key| &key.id).collect::<Vec<_>>(), [&created.credential.id]);
    let old = engine.credential(&house.caller.credential.id).await.unwrap();
    assert!(old.disabled_at.is_some());
    assert_eq!(engine.door_keys(&house.stranger.account_id, DOOR).await.unwrap().len(), 1, "a stranger's key stays");
    for (account, door) in [(&house.stranger.account_id, DOOR), (account, Door::Spiritme)] {
        let error = engine.revoke_door_key(account, door, &created.credential.id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    engine.revoke_door_key(account, DOOR, &created.credential.id).await.unwrap();
    assert_eq!(engine.door_keys(account, DOOR).await.unwrap(), []);
    let again = engine.revoke_door_key(account, DOOR, &created.credential.id).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_account_may_leave_where_the_operator_lets_it() {
    let house = House::new().await;
    assert_eq!(failure(house.engine.delete_own_account(&house.caller).await), AuthFailure::NotAllowed);
    let house = House::with_limits(Limits { account_deletion: true, ..Limits::default() }).await;
    let film = house.create(plain_film(), Start::Now).await;
    house.engine.delete_own_account(&house.caller).await.unwrap();
    let gone = house.engine.film(&house.caller.account_id, DOOR, &film.id).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let key = house.engine.credential(&house.caller.credential.id).await.unwrap();
    assert!(key.disabled_at.is_some());
    let stranger = house.engine.credential(&house.stranger.credential.id).await.unwrap();
    assert_eq!(stranger.disabled_at, None);
}
