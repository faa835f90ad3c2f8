//! Films, and what belongs to them.

use std::collections::BTreeMap;

use engine::film::{
    Attempt, Batch, BatchId, BatchRow, BatchRowState, Delivery, DeliveryId, DeliveryState, Film, FilmDay,
    FilmDayFilter, FilmEvent, FilmFilter, FilmId, FilmKind, FilmOrigin, FilmProduct, FilmScene, FilmState, Material,
    MaterialFilter, MaterialId, MaterialKind, MaterialState, Output, OutputForm, PageText, Place, PlaceId, PlaceKind,
    Template, TemplateId, Webhook, WebhookId, WebhookState,
};
use engine::{AssetId, BlobKey, ChargeId, Door, Failure, FailureCode, JobId, Page, SystemEntropy, Timestamp};
use serde_json::json;
use store::Database;

use crate::rows::{ALL, ODD};
use crate::support::{Tenant, later, on_every_database, stored_asset, tenant, write};

fn film(tenant: &Tenant, number: i64) -> Film {
    Film {
        id: FilmId::random(&SystemEntropy),
        number,
        account_id: tenant.account.id.clone(),
        application_id: tenant.application.id.clone(),
        door: Door::Hourone,
        kind: FilmKind::Video,
        name: ODD.to_owned(),
        state: FilmState::Queued,
        progress: 0,
        document: json!({ "left": 630.2493927359487, "own": ODD }),
        project: None,
        output: Output::default(),
        origin: FilmOrigin::default(),
        webhook_url: None,
        batch_id: None,
        sources: BTreeMap::new(),
        warnings: Vec::new(),
        job_id: None,
        charge_id: None,
        credits: 0,
        product: None,
        failure: None,
        created_at: later(u64::try_from(number).unwrap()),
        updated_at: later(1),
        finished_at: None,
    }
}

fn product() -> FilmProduct {
    FilmProduct {
        files: BTreeMap::from([("mp4".to_owned(), BlobKey::from_text("outputs/1.mp4"))]),
        n_bytes: 7,
        width: 1280,
        height: 720,
        duration_ms: 9000,
        scenes: vec![FilmScene { start_ms: 0, duration_ms: 9000 }],
        warnings: vec![ODD.to_owned()],
    }
}

fn everything() -> FilmFilter {
    FilmFilter::all(Door::Hourone, FilmKind::Video, ALL)
}

fn numbers(films: &[Film]) -> Vec<i64> {
    films.iter().map(|film| film.number).collect()
}

fn webhook(tenant: &Tenant, number: i64, events: &[FilmEvent]) -> Webhook {
    Webhook {
        id: WebhookId::random(&SystemEntropy),
        number,
        account_id: tenant.account.id.clone(),
        door: Door::Hourone,
        name: ODD.to_owned(),
        description: ODD.to_owned(),
        style: "dots".to_owned(),
        url: "https://hooks.example/1".to_owned(),
        events: events.to_vec(),
        state: WebhookState::Active,
        sealed_secret: vec![0, 1, 255],
        previous_secret: None,
        n_failed: 0,
        created_at: later(u64::try_from(number).unwrap()),
        updated_at: later(1),
    }
}

async fn material(store: &Database, tenant: &Tenant, number: i64, parent: Option<&MaterialId>) -> Material {
    let asset = stored_asset(store, &format!("{number:064}")).await;
    Material {
        id: MaterialId::random(&SystemEntropy),
        number,
        account_id: tenant.account.id.clone(),
        door: Door::Spiritme,
        name: ODD.to_owned(),
        tag: "general".to_owned(),
        kind: MaterialKind::Image,
        media_type: "image/png".to_owned(),
        extension: "png".to_owned(),
        state: MaterialState::Ready,
        failure: String::new(),
        asset_id: asset,
        n_bytes: 3,
        duration_ms: None,
        width: Some(4),
        height: None,
        copies: BTreeMap::new(),
        text: PageText::default(),
        parent_id: parent.cloned(),
        position: 0,
        created_at: later(u64::try_from(number).unwrap()),
    }
}

on_every_database! {
    async fn a_film_reads_back_as_it_was_written(store: &Database) {
        let (owner, stranger) = (tenant(store).await, tenant(store).await.account.id);
        let account = owner.account.id.clone();
        let bare = film(&owner, 1);
        let mut tx = write(store).await;
        tx.insert_film(&bare).await.unwrap();
        assert_eq!(tx.film(&account, &bare.id).await.unwrap().unwrap(), bare);
        let full = Film {
            name: "n".to_owned(),
            state: FilmState::Done,
            progress: 100,
            document: json!([1]),
            project: Some(json!({ "version": 1 })),
            output: Output { short_side: Some(480), form: OutputForm::Mov },
            origin: FilmOrigin { correlation_id: ODD.to_owned(), draft_id: "d".to_owned(), ..FilmOrigin::default() },
            webhook_url: Some("https://hooks.example/".to_owned()),
            sources: BTreeMap::from([("https://a.example/".to_owned(), AssetId::from_text("0"))]),
            warnings: vec![ODD.to_owned()],
            job_id: Some(JobId::from_text("j")),
            charge_id: Some(ChargeId::from_text("c")),
            credits: 3,
            product: Some(product()),
            failure: Some(Failure::new(FailureCode::BadMedia, ODD)),
            updated_at: later(5),
            finished_at: Some(later(6)),
            ..bare
        };
        tx.update_film(&full).await.unwrap();
        assert_eq!(tx.lock_film(&account, &full.id, later(5)).await.unwrap().unwrap(), full);
        assert_eq!(tx.linked_film(&full.id).await.unwrap().unwrap(), full);
        let numbered = tx.numbered_film(&account, Door::Hourone, FilmKind::Video, 1).await.unwrap();
        assert_eq!(numbered.unwrap(), full);
        for (door, kind) in [(Door::Spiritme, FilmKind::Video), (Door::Hourone, FilmKind::Draft)] {
            assert_eq!(tx.numbered_film(&account, door, kind, 1).await.unwrap(), None);
        }
        assert_eq!(tx.film(&stranger, &full.id).await.unwrap(), None);
        assert_eq!(tx.lock_film(&stranger, &full.id, later(5)).await.unwrap(), None);
        assert_eq!(tx.numbered_film(&stranger, Door::Hourone, FilmKind::Video, 1).await.unwrap(), None);
        assert!(!tx.delete_film(&stranger, &full.id).await.unwrap());
        assert!(tx.delete_film(&account, &full.id).await.unwrap());
        assert_eq!(tx.film(&account, &full.id).await.unwrap(), None);
    }

    async fn progress_is_noted_while_a_film_is_rendered(store: &Database) {
        let owner = tenant(store).await;
        let mut queued = film(&owner, 1);
        let mut tx = write(store).await;
        tx.insert_film(&queued).await.unwrap();
        assert!(!tx.set_film_progress(&queued.id, 5, later(2)).await.unwrap());
        queued.state = FilmState::Running;
        tx.update_film(&queued).await.unwrap();
        assert!(tx.set_film_progress(&queued.id, 5, later(2)).await.unwrap());
        assert_eq!(tx.film(&owner.account.id, &queued.id).await.unwrap().unwrap().progress, 5);
    }

    async fn films_are_filtered_and_paged(store: &Database) {
        let owner = tenant(store).await;
        let (account, stranger) = (owner.account.id.clone(), tenant(store).await.account.id);
        let mut tx = write(store).await;
        for (number, state) in [(1, FilmState::Done), (2, FilmState::Failed), (3, FilmState::Done)] {
            let origin = FilmOrigin { correlation_id: format!("c{}", number % 2), ..FilmOrigin::default() };
            tx.insert_film(&Film { state, origin, ..film(&owner, number) }).await.unwrap();
        }
        tx.insert_film(&Film { kind: FilmKind::Draft, ..film(&owner, 4) }).await.unwrap();
        let page = |limit, offset| Page { limit, offset };
        for (filter, expected) in [
            (everything(), vec![3, 2, 1]),
            (FilmFilter { oldest_first: true, ..everything() }, vec![1, 2, 3]),
            (FilmFilter { page: page(1, 1), ..everything() }, vec![2]),
            (FilmFilter { states: vec![FilmState::Done], ..everything() }, vec![3, 1]),
            (FilmFilter { states: vec![FilmState::Failed, FilmState::Done], ..everything() }, vec![3, 2, 1]),
            (FilmFilter { states: vec![FilmState::Draft], ..everything() }, vec![]),
            (FilmFilter { created_min: Some(later(2)), ..everything() }, vec![3, 2]),
            (FilmFilter { created_max: Some(later(2)), ..everything() }, vec![1]),
            (FilmFilter { correlation_id: Some("c0".to_owned()), ..everything() }, vec![2]),
            (FilmFilter { kind: FilmKind::Draft, ..everything() }, vec![4]),
            (FilmFilter { door: Door::Spiritme, ..everything() }, vec![]),
        ] {
            assert_eq!(numbers(&tx.films(&account, &filter).await.unwrap()), expected, "{filter:?}");
            let all = FilmFilter { page: ALL, ..filter };
            let n_all = tx.films(&account, &all).await.unwrap().len() as i64;
            assert_eq!(tx.count_films(&account, &all).await.unwrap(), n_all, "{all:?}");
        }
        assert_eq!(tx.films(&stranger, &everything()).await.unwrap(), []);
    }

    async fn finished_films_are_counted_by_day(store: &Database) {
        let owner = tenant(store).await;
        let day = |days: u64| later(days * 24 * 3600);
        let mut tx = write(store).await;
        for (days, correlation_id) in [(0, ""), (0, "x"), (2, "x")] {
            let origin = FilmOrigin { correlation_id: correlation_id.to_owned(), ..FilmOrigin::default() };
            tx.count_film_day(&Film { created_at: day(days), origin, ..film(&owner, 1) }, 500).await.unwrap();
        }
        let filter = |to: Timestamp, correlation_id: Option<&str>| FilmDayFilter {
            door: Door::Hourone,
            from: day(0),
            to,
            correlation_id: correlation_id.map(str::to_owned),
        };
        let row = |days, n_films, duration_ms| FilmDay { day: day(days).day(), n_films, duration_ms };
        for (filter, expected) in [
            (filter(day(9), None), vec![row(0, 2, 1000), row(2, 1, 500)]),
            (filter(day(2), None), vec![row(0, 2, 1000)]),
            (filter(day(9), Some("x")), vec![row(0, 1, 500), row(2, 1, 500)]),
            (FilmDayFilter { door: Door::Spiritme, ..filter(day(9), None) }, vec![]),
        ] {
            assert_eq!(tx.film_days(&owner.account.id, &filter).await.unwrap(), expected, "{filter:?}");
        }
    }

    async fn a_material_goes_with_its_pages_and_holds_its_asset(store: &Database) {
        let owner = tenant(store).await;
        let (account, stranger) = (owner.account.id.clone(), tenant(store).await.account.id);
        let book = material(store, &owner, 1, None).await;
        let pages = [material(store, &owner, 2, Some(&book.id)).await, material(store, &owner, 3, Some(&book.id)).await];
        let pages = [Material { position: 1, ..pages[0].clone() }, pages[1].clone()];
        let mut tx = write(store).await;
        for material in [&book, &pages[0], &pages[1]] {
            tx.insert_material(material).await.unwrap();
        }
        let all = MaterialFilter::all(Door::Spiritme, ALL);
        assert_eq!(tx.materials(&account, &all).await.unwrap(), std::slice::from_ref(&book));
        assert_eq!(tx.materials(&stranger, &all).await.unwrap(), []);
        let of_book = MaterialFilter { parent_id: Some(book.id.clone()), ..all.clone() };
        assert_eq!(tx.materials(&account, &of_book).await.unwrap(), [pages[1].clone(), pages[0].clone()]);
        assert_eq!(tx.count_materials(&account, &of_book).await.unwrap(), 2);
        for (filter, expected) in [
            (MaterialFilter { kinds: vec![MaterialKind::Pdf], ..all.clone() }, 0),
            (MaterialFilter { kinds: vec![MaterialKind::Pdf, MaterialKind::Image], ..all.clone() }, 1),
            (MaterialFilter { states: vec![MaterialState::Failed], ..all.clone() }, 0),
            (MaterialFilter { tag: Some("general".to_owned()), ..all.clone() }, 1),
            (MaterialFilter { tag: Some("other".to_owned()), ..all.clone() }, 0),
        ] {
            assert_eq!(tx.count_materials(&account, &filter).await.unwrap(), expected, "{filter:?}");
        }
        let changed = Material {
            state: MaterialState::Failed,
            failure: ODD.to_owned(),
            copies: BTreeMap::from([("compressed".to_owned(), BlobKey::from_text("outputs/2.jpg"))]),
            text: PageText { title: ODD.to_owned(), body: "b".to_owned(), notes: "n".to_owned() },
            ..book.clone()
        };
        tx.update_material(&changed).await.unwrap();
        assert_eq!(tx.numbered_material(&account, Door::Spiritme, 1).await.unwrap().unwrap(), changed);
        assert_eq!(tx.numbered_material(&account, Door::Hourone, 1).await.unwrap(), None);
        assert_eq!(tx.linked_material(&book.id).await.unwrap().unwrap(), changed);
        assert_eq!(tx.material(&stranger, &book.id).await.unwrap(), None);
        assert_eq!(tx.unused_assets(later(1000), 10).await.unwrap(), []);
        assert_eq!(tx.delete_material(&stranger, &book.id).await.unwrap(), []);
        assert_eq!(tx.delete_material(&account, &book.id).await.unwrap().len(), 3);
        assert_eq!(tx.unused_assets(later(1000), 10).await.unwrap().len(), 3);
        tx.commit().await.unwrap();
    }

    async fn templates_and_places_are_an_accounts_own(store: &Database) {
        let owner = tenant(store).await;
        let (account, stranger) = (owner.account.id.clone(), tenant(store).await.account.id);
        let template = |number| Template {
            id: TemplateId::random(&SystemEntropy),
            number,
            account_id: account.clone(),
            door: Door::Spiritme,
            name: ODD.to_owned(),
            document: json!({ "text": ODD }),
            created_at: later(u64::try_from(number).unwrap()),
        };
        let place = Place {
            id: PlaceId::random(&SystemEntropy),
            account_id: account.clone(),
            door: Door::Hourone,
            kind: PlaceKind::Folder,
            name: ODD.to_owned(),
            created_at: later(1),
        };
        let mut tx = write(store).await;
        let (one, two) = (template(1), template(2));
        tx.insert_template(&one).await.unwrap();
        tx.insert_template(&two).await.unwrap();
        tx.insert_place(&place).await.unwrap();
        assert_eq!(tx.templates(&account, Door::Spiritme, ALL).await.unwrap(), [two.clone(), one.clone()]);
        assert_eq!(tx.count_templates(&account, Door::Spiritme).await.unwrap(), 2);
        assert_eq!(tx.template(&account, &one.id).await.unwrap().unwrap(), one);
        assert_eq!(tx.numbered_template(&account, Door::Spiritme, 2).await.unwrap().unwrap(), two);
        assert_eq!(tx.numbered_template(&account, Door::Hourone, 2).await.unwrap(), None);
        assert_eq!(tx.template(&stranger, &one.id).await.unwrap(), None);
        assert_eq!(tx.count_templates(&stranger, Door::Spiritme).await.unwrap(), 0);
        assert_eq!(tx.place(&account, &place.id).await.unwrap().unwrap(), place);
        assert_eq!(tx.place(&stranger, &place.id).await.unwrap(), None);
        assert_eq!(tx.places(&account, Door::Hourone, PlaceKind::Folder, ALL).await.unwrap(), std::slice::from_ref(&place));
        assert_eq!(tx.places(&account, Door::Hourone, PlaceKind::Workspace, ALL).await.unwrap(), []);
        tx.insert_webhook(&Webhook { door: Door::Spiritme, ..webhook(&owner, 1, &[FilmEvent::Done]) }).await.unwrap();
        tx.empty_door(&account, Door::Hourone).await.unwrap();
        assert_eq!(tx.count_templates(&account, Door::Spiritme).await.unwrap(), 2);
        tx.empty_door(&account, Door::Spiritme).await.unwrap();
        assert_eq!(tx.count_templates(&account, Door::Spiritme).await.unwrap(), 0);
        assert_eq!(tx.count_webhooks(&account, Door::Spiritme).await.unwrap(), 0);
    }

    async fn webhooks_listen_to_their_events_while_they_are_active(store: &Database) {
        let owner = tenant(store).await;
        let (account, stranger) = (owner.account.id.clone(), tenant(store).await.account.id);
        let both = webhook(&owner, 1, &[FilmEvent::Done, FilmEvent::Failed]);
        let done = webhook(&owner, 2, &[FilmEvent::Done]);
        let single = webhook(&owner, 3, &[]);
        let mut tx = write(store).await;
        for webhook in [&both, &done, &single] {
            tx.insert_webhook(webhook).await.unwrap();
        }
        assert_eq!(tx.webhooks(&account, Door::Hourone, ALL).await.unwrap(), [both.clone(), done.clone()]);
        assert_eq!(tx.count_webhooks(&account, Door::Hourone).await.unwrap(), 2);
        let listeners = tx.listeners(&account, Door::Hourone, FilmEvent::Failed).await.unwrap();
        assert_eq!(listeners, std::slice::from_ref(&both));
        let changed = Webhook {
            state: WebhookState::Paused,
            previous_secret: Some((vec![9, 0], later(9))),
            n_failed: 4,
            style: String::new(),
            updated_at: later(8),
            ..both.clone()
        };
        tx.update_webhook(&changed).await.unwrap();
        assert_eq!(tx.webhook(&account, &both.id).await.unwrap().unwrap(), changed);
        assert_eq!(tx.listeners(&account, Door::Hourone, FilmEvent::Done).await.unwrap(), [done]);
        assert_eq!(tx.numbered_webhook(&account, Door::Hourone, 3).await.unwrap().unwrap(), single);
        assert_eq!(tx.webhook(&stranger, &both.id).await.unwrap(), None);
        assert_eq!(tx.numbered_webhook(&stranger, Door::Hourone, 3).await.unwrap(), None);
        assert!(!tx.delete_webhook(&stranger, &both.id).await.unwrap());
        assert!(tx.delete_webhook(&account, &both.id).await.unwrap());
        assert_eq!(tx.webhook(&account, &both.id).await.unwrap(), None);
    }

    async fn the_log_of_deliveries_forgets_what_is_old_and_over(store: &Database) {
        let owner = tenant(store).await;
        let (account, stranger) = (owner.account.id.clone(), tenant(store).await.account.id);
        let hook = webhook(&owner, 1, &[FilmEvent::Done]);
        let delivery = |seconds, state, webhook_id: Option<&WebhookId>| Delivery {
            id: DeliveryId::random(&SystemEntropy),
            account_id: account.clone(),
            door: Door::Hourone,
            film_id: FilmId::from_text("f"),
            event: FilmEvent::Done,
            webhook_id: webhook_id.cloned(),
            url: "https://hooks.example/1".to_owned(),
            body: None,
            state,
            attempts: Vec::new(),
            next_at: None,
            created_at: later(seconds),
        };
        let mut tx = write(store).await;
        tx.insert_webhook(&hook).await.unwrap();
        let old = delivery(1, DeliveryState::Failed, Some(&hook.id));
        let pending = delivery(2, DeliveryState::Pending, None);
        let new = delivery(3, DeliveryState::Delivered, Some(&hook.id));
        for delivery in [&old, &pending, &new] {
            tx.insert_delivery(delivery).await.unwrap();
        }
        let all = tx.deliveries(&account, None, ALL).await.unwrap();
        assert_eq!(all, [new.clone(), pending.clone(), old.clone()]);
        assert_eq!(tx.deliveries(&account, Some(&hook.id), ALL).await.unwrap(), [new.clone(), old.clone()]);
        assert_eq!(tx.deliveries(&stranger, None, ALL).await.unwrap(), []);
        let attempt = Attempt { at: later(4), duration_ms: 5, status: Some(410), error: Some(ODD.to_owned()) };
        let tried = Delivery {
            body: Some("{}".to_owned()),
            attempts: vec![attempt],
            next_at: Some(later(7)),
            url: "https://hooks.example/2".to_owned(),
            ..pending
        };
        tx.update_delivery(&tried).await.unwrap();
        assert_eq!(tx.delivery(&account, &tried.id).await.unwrap().unwrap(), tried);
        assert_eq!(tx.delivery(&stranger, &tried.id).await.unwrap(), None);
        assert_eq!(tx.forget_deliveries(later(3), 10).await.unwrap(), 1);
        assert_eq!(tx.deliveries(&account, None, ALL).await.unwrap(), [new, tried]);
    }

    async fn a_batch_hands_out_its_rows_in_order(store: &Database) {
        let owner = tenant(store).await;
        let (account, stranger) = (owner.account.id.clone(), tenant(store).await.account.id);
        let batch = Batch {
            id: BatchId::random(&SystemEntropy),
            account_id: account.clone(),
            credential_id: owner.credential.id.clone(),
            door: Door::Spiritme,
            name: ODD.to_owned(),
            template: json!({ "name": "{{name}}" }),
            output: Output::default(),
            webhook_url: None,
            n_rows: 2,
            created_at: later(1),
            finished_at: None,
        };
        let row = |row, state| BatchRow {
            batch_id: batch.id.clone(),
            row,
            variables: BTreeMap::from([("name".to_owned(), ODD.to_owned())]),
            state,
            film_id: None,
            failure: String::new(),
        };
        let rows = [row(1, BatchRowState::Waiting), row(2, BatchRowState::Waiting)];
        let mut tx = write(store).await;
        tx.insert_batch(&batch).await.unwrap();
        tx.insert_batch_rows(&rows).await.unwrap();
        assert_eq!(tx.batch(&account, &batch.id).await.unwrap().unwrap(), batch);
        assert_eq!(tx.batch(&stranger, &batch.id).await.unwrap(), None);
        assert_eq!(tx.batches(&account, ALL).await.unwrap(), std::slice::from_ref(&batch));
        assert_eq!(tx.unfinished_batches(10).await.unwrap(), std::slice::from_ref(&batch));
        let begun = BatchRow {
            state: BatchRowState::Running,
            film_id: Some(FilmId::from_text("f")),
            failure: ODD.to_owned(),
            ..rows[0].clone()
        };
        tx.update_batch_row(&begun).await.unwrap();
        assert_eq!(tx.batch_rows(&batch.id, None, ALL).await.unwrap(), [begun.clone(), rows[1].clone()]);
        assert_eq!(tx.batch_rows(&batch.id, Some(BatchRowState::Waiting), ALL).await.unwrap(), [rows[1].clone()]);
        assert_eq!(tx.batch_row_of_film(&batch.id, &FilmId::from_text("f")).await.unwrap().unwrap(), begun);
        let mut counts = tx.count_batch_rows(&batch.id).await.unwrap();
        counts.sort();
        assert_eq!(counts, [(BatchRowState::Waiting, 1), (BatchRowState::Running, 1)]);
        let ended = Batch { finished_at: Some(later(9)), ..batch };
        tx.update_batch(&ended).await.unwrap();
        assert_eq!(tx.lock_batch(&ended.id, later(9)).await.unwrap().unwrap(), ended);
        assert_eq!(tx.unfinished_batches(10).await.unwrap(), []);
    }
}
