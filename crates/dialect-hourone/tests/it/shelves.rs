//! What there is to make videos of.

use serde_json::Value;

use crate::house::{House, catalog, stable};

async fn rows(house: &House, path: &str) -> Vec<Value> {
    let answer = house.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().unwrap().clone()
}

#[tokio::test]
async fn the_first_row_of_each_list() {
    let house = House::new().await;
    for path in ["templates", "layouts", "palettes", "characters", "voices"] {
        let rows = rows(&house, &format!("/{path}")).await;
        insta::with_settings!({snapshot_suffix => path}, {
            insta::assert_json_snapshot!(stable(rows[0].clone()));
        });
    }
}

#[tokio::test]
async fn lists_have_what_is_shipped() {
    let house = House::new().await;
    assert_eq!(rows(&house, "/templates").await.len(), catalog().templates().len());
    assert_eq!(rows(&house, "/palettes").await.len(), catalog().palettes().len());
    assert_eq!(rows(&house, "/characters").await.len(), catalog().avatars().len());
    assert_eq!(rows(&house, "/voices").await.len(), catalog().voices().len());
    for template in catalog().templates() {
        let layouts = rows(&house, &format!("/layouts?template_id={}", template.id)).await;
        assert_eq!(layouts.len(), template.layouts.len());
        assert!(layouts.iter().all(|layout| layout["template_id"] == template.id));
    }
    assert!(rows(&house, "/layouts?template_id=x").await.is_empty());
}

#[tokio::test]
async fn voices_are_listed_by_language() {
    let house = House::new().await;
    let tag = catalog().voices()[0].language.clone();
    let primary = tag.split('-').next().unwrap();
    for language in [primary.to_uppercase(), tag.clone()] {
        let voices = rows(&house, &format!("/voices?language={language}")).await;
        assert!(!voices.is_empty());
        assert!(voices.iter().all(|voice| voice["language"].as_str().unwrap().starts_with(primary)));
    }
    assert!(rows(&house, "/voices?language=e").await.is_empty());
}
