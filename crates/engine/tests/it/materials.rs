//! Files that accounts bring for their films.

use engine::film::{Material, MaterialFilter, MaterialKind, MaterialState, NewMaterial, Start};
use engine::{ErrorKind, Page, UploadedFile};
use media::picture::Picture;
use sha2::{Digest as _, Sha256};

use crate::house::{DOOR, House, new_film, project};

const ALL: Page = Page { limit: 100, offset: 0 };
const ANY: NewMaterial<'_> =
    NewMaterial { door: DOOR, tag: "general", name: None, kinds: MaterialKind::ALL, media_types: &[] };

fn upload(house: &House, name: &str, bytes: &[u8]) -> UploadedFile {
    let path = house.engine.blobs().scratch("upload");
    std::fs::write(&path, bytes).unwrap();
    UploadedFile::new(path, bytes.len() as u64, hex::encode(Sha256::digest(bytes)), name)
}

fn png(width: u32, height: u32) -> Vec<u8> {
    Picture::from_rgba(width, height, vec![255; (width * height * 4) as usize]).unwrap().to_png().unwrap()
}

async fn ready(house: &House, material: &Material) -> Material {
    let account = &house.caller.account_id;
    house
        .until(async || {
            let material = house.engine.material(account, &material.id).await.unwrap();
            matches!(material.state, MaterialState::Ready | MaterialState::Failed).then_some(material)
        })
        .await
}

#[tokio::test]
async fn a_file_is_what_its_contents_are() {
    let house = House::new().await;
    let add = async |name: &str, bytes: &[u8]| {
        house.engine.add_material(&house.caller, upload(&house, name, bytes), ANY).await
    };
    let picture = add("song.mp3", &png(4, 3)).await.unwrap();
    assert_eq!((picture.kind, picture.media_type.as_str()), (MaterialKind::Image, "image/png"));
    assert_eq!((picture.width, picture.height, picture.duration_ms), (Some(4), Some(3), None));
    assert_eq!(picture.name, "song.mp3");
    let page = add("p", b"<!DOCTYPE html><p>Hello").await.unwrap();
    assert_eq!((page.kind, page.extension.as_str(), page.state), (MaterialKind::Text, "html", MaterialState::Ready));
    let text = add("t", "Grüße, 音楽".as_bytes()).await.unwrap();
    assert_eq!((text.kind, text.media_type.as_str()), (MaterialKind::Text, "text/plain"));
    for (name, bytes) in [("empty.png", b"".as_slice()), ("noise.bin", &[0, 1, 2, 3]), ("cut.png", &png(64, 64)[..40])]
    {
        let error = add(name, bytes).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
    }
    let only_video = NewMaterial { kinds: &[MaterialKind::Video], ..ANY };
    let refused = house.engine.add_material(&house.caller, upload(&house, "a.png", &png(2, 2)), only_video).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    let only_jpeg = NewMaterial { media_types: &["image/jpeg"], ..ANY };
    let refused = house.engine.add_material(&house.caller, upload(&house, "a.png", &png(2, 2)), only_jpeg).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_large_picture_gets_a_smaller_copy() {
    let mut house = House::new().await;
    house.work();
    let file = upload(&house, "large.png", &png(2000, 500));
    let large = house.engine.add_material(&house.caller, file, ANY).await.unwrap();
    let large = ready(&house, &large).await;
    assert_eq!(large.state, MaterialState::Ready, "{}", large.failure);
    let url = house.engine.material_copy_url(&large, "compressed").unwrap();
    let parts: Vec<&str> = url.rsplit('/').take(2).collect();
    let link = house.engine.resolve_media("material-copy", parts[1], parts[0]).await.unwrap();
    assert_eq!(link.media_type, "image/jpeg");
    let file = house.engine.blobs().local(&link.blob).await.unwrap();
    let copy = Picture::open(file.path(), &media::picture::PictureLimits::default(), None).unwrap();
    assert_eq!((copy.width(), copy.height()), (1280, 320));
    let small = house.engine.add_material(&house.caller, upload(&house, "small.png", &png(20, 20)), ANY).await.unwrap();
    let small = ready(&house, &small).await;
    assert_eq!(house.engine.material_copy_url(&small, "compressed"), None);
    house.rest().await;
}

#[tokio::test]
async fn a_material_is_its_owners_alone() {
    let house = House::new().await;
    let material = house.engine.add_material(&house.caller, upload(&house, "a.png", &png(2, 2)), ANY).await.unwrap();
    let (engine, account) = (&house.engine, &house.stranger.account_id);
    let kinds = [
        engine.material(account, &material.id).await.unwrap_err().kind(),
        engine.numbered_material(account, DOOR, material.number).await.unwrap_err().kind(),
        engine.delete_material(account, &material.id).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::NotFound; 3]);
    assert_eq!(engine.materials(account, &MaterialFilter::all(DOOR, ALL)).await.unwrap().total, 0);
    engine.delete_material(&house.caller.account_id, &material.id).await.unwrap();
    let gone = engine.material(&house.caller.account_id, &material.id).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_text_is_spoken_into_a_file() {
    let house = House::new().await;
    let spoken = house.engine.speak(&house.caller, DOOR, "Good morning, Ada.", "", Some("en-US")).await.unwrap();
    assert_eq!(spoken.material.media_type, "audio/wav");
    let duration_ms = spoken.material.duration_ms.unwrap();
    assert!((500..4000).contains(&duration_ms), "{duration_ms}");
    let words: Vec<_> = spoken.words.iter().map(|word| word.text.trim_matches(|c: char| !c.is_alphabetic())).collect();
    assert_eq!(words, ["Good", "morning", "Ada"]);
    let n_bytes = house.engine.blobs().size(&engine::BlobKey::asset(&spoken.material.asset_id)).await.unwrap();
    assert_eq!(n_bytes, u64::try_from(spoken.material.n_bytes).ok());
    let empty = house.engine.speak(&house.caller, DOOR, " ", "", None).await.unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_film_that_was_ordered_keeps_what_it_needs() {
    let mut house = House::new().await;
    let file = upload(&house, "a.png", &png(4, 4));
    let material = house.engine.add_material(&house.caller, file, ANY).await.unwrap();
    let link = house.engine.material_url(&material);
    let layers = serde_json::json!([
        { "type": "image", "image": format!("material:{}", material.id) },
        { "type": "image", "image": link },
    ]);
    let film = house.create(new_film(project(&layers, &serde_json::json!([]))), Start::Now).await;
    house.engine.delete_material(&house.caller.account_id, &material.id).await.unwrap();
    house.advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(house.engine.sweep_unused_assets().await.unwrap(), 0, "it is still wanted");
    house.work();
    let film = house.film_when(&film.id, |film| film.state.is_final()).await;
    assert_eq!(film.product.unwrap().warnings, Vec::<String>::new());
    assert_eq!(house.engine.sweep_unused_assets().await.unwrap(), 1, "and now it is not");
    house.rest().await;
}
