//! Accounts, applications, credentials, money.

use engine::{
    Charge, ChargeId, ChargeState, Credits, Door, LedgerEntry, LedgerId, LedgerKind, Page, Price, SystemEntropy,
    TraceId,
};
use store::Database;

use crate::support::{NOW, Tenant, application, later, on_every_database, read, tenant, write};

const PAGE: Page = Page { limit: 10, offset: 0 };

fn entry(tenant: &Tenant, amount: i64) -> LedgerEntry {
    LedgerEntry {
        id: LedgerId::random(&SystemEntropy),
        account_id: tenant.account.id.clone(),
        application_id: tenant.application.id.clone(),
        charge_id: None,
        kind: LedgerKind::Grant,
        amount: Credits(amount),
        note: "n".to_owned(),
        created_at: NOW,
    }
}

on_every_database! {
    async fn rows_read_back_as_they_were_written(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = read(store).await;
        assert_eq!(tx.account(&tenant.account.id).await.unwrap().unwrap(), tenant.account);
        let application = tx.application(&tenant.account.id, &tenant.application.id).await.unwrap().unwrap();
        assert_eq!(application, tenant.application);
        let credential = tx.credential_by_hash(&tenant.credential.secret_hash).await.unwrap().unwrap();
        assert_eq!(credential, tenant.credential);
        assert_eq!(tx.credential_by_hash("other").await.unwrap(), None);
    }

    async fn a_strangers_application_is_not_found(store: &Database) {
        let (one, other) = (tenant(store).await, tenant(store).await);
        let mut tx = read(store).await;
        assert_eq!(tx.application(&one.account.id, &other.application.id).await.unwrap(), None);
        assert_eq!(tx.applications(Some(&one.account.id), PAGE).await.unwrap(), [one.application]);
    }

    async fn lists_are_paged(store: &Database) {
        for _ in 0..3 {
            tenant(store).await;
        }
        let mut tx = read(store).await;
        assert_eq!(tx.accounts(PAGE).await.unwrap().len(), 3);
        assert_eq!(tx.accounts(Page { limit: 2, offset: 2 }).await.unwrap().len(), 1);
        assert_eq!(tx.credentials(None, Page { limit: 2, offset: 0 }).await.unwrap().len(), 2);
    }

    async fn an_account_has_one_application_per_door(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        assert!(tx.insert_application(&application(&tenant.account.id, Some(Door::Producer))).await.is_err());
        drop(tx);
        let global = application(&tenant.account.id, None);
        let mut tx = write(store).await;
        tx.insert_application(&global).await.unwrap();
        assert_eq!(tx.global_application(&tenant.account.id).await.unwrap().unwrap(), global);
        assert_eq!(tx.door_application(&tenant.account.id, Door::Hourone).await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn changes_without_a_commit_are_lost(store: &Database) {
        let mut tenant = tenant(store).await;
        tenant.account.name = "changed".to_owned();
        let mut tx = write(store).await;
        assert!(tx.update_account(&tenant.account).await.unwrap());
        drop(tx);
        let found = read(store).await.account(&tenant.account.id).await.unwrap().unwrap();
        assert_eq!(found.name, "a");
    }

    async fn a_balance_is_never_overdrawn(store: &Database) {
        let tenant = tenant(store).await;
        let id = &tenant.application.id;
        let mut tx = write(store).await;
        assert!(tx.credit_application(id, Credits(5), NOW).await.unwrap());
        assert!(tx.debit_application(id, Credits(5), NOW).await.unwrap());
        assert!(!tx.debit_application(id, Credits(1), NOW).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_credential_stops_at_its_cap(store: &Database) {
        let tenant = tenant(store).await;
        let id = &tenant.credential.id;
        let mut tx = write(store).await;
        assert!(tx.spend_from_credential(id, Credits(10), NOW).await.unwrap());
        assert!(!tx.spend_from_credential(id, Credits(1), NOW).await.unwrap());
        tx.refund_credential(id, Credits(1), NOW).await.unwrap();
        assert!(tx.spend_from_credential(id, Credits(1), NOW).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_reservation_closes_once(store: &Database) {
        let tenant = tenant(store).await;
        let charge = Charge {
            id: ChargeId::random(&SystemEntropy),
            account_id: tenant.account.id.clone(),
            application_id: tenant.application.id.clone(),
            credential_id: tenant.credential.id.clone(),
            trace_id: TraceId::random(&SystemEntropy),
            amount: Credits(3),
        };
        let mut tx = write(store).await;
        tx.insert_charge(&charge, NOW).await.unwrap();
        assert_eq!(tx.open_charges().await.unwrap(), 1);
        assert_eq!(tx.close_charge(&charge.id, ChargeState::Settled, later(1)).await.unwrap(), Some(charge.clone()));
        assert_eq!(tx.close_charge(&charge.id, ChargeState::Released, later(2)).await.unwrap(), None);
        assert_eq!(tx.open_charges().await.unwrap(), 0);
        tx.commit().await.unwrap();
    }

    async fn the_audit_finds_a_balance_that_its_ledger_does_not_explain(store: &Database) {
        let tenant = tenant(store).await;
        let mut tx = write(store).await;
        tx.credit_application(&tenant.application.id, Credits(7), NOW).await.unwrap();
        let difference = (tenant.application.id.clone(), Credits(7));
        assert_eq!(tx.ledger_differences().await.unwrap(), [difference]);
        tx.insert_ledger_entry(&entry(&tenant, 7)).await.unwrap();
        assert_eq!(tx.ledger_differences().await.unwrap(), []);
        assert_eq!(tx.ledger(&tenant.application.id, PAGE).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    }

    async fn a_price_can_be_set_again(store: &Database) {
        let price = |amount| Price { door: "producer".to_owned(), api: "videos".to_owned(), amount: Credits(amount) };
        let mut tx = write(store).await;
        assert_eq!(tx.price("producer", "videos").await.unwrap(), None);
        tx.set_price(&price(2)).await.unwrap();
        tx.set_price(&price(3)).await.unwrap();
        assert_eq!(tx.price("producer", "videos").await.unwrap(), Some(Credits(3)));
        assert_eq!(tx.prices().await.unwrap(), [price(3)]);
        tx.commit().await.unwrap();
    }
}
