use serde_json::{Value, json};

use crate::house::House;

const TRACKS: &str = "/api/external-metadata/tracks";

async fn house_with_tracks() -> House {
    let house = House::new().await;
    house.filled_bucket("music", &["Slow Piano", "Fast Piano", "Silent Piano"]).await;
    let values = json!({
        "isrc": "DEA010203004", "artists": [{"name": "Ada"}, "Bob"], "track_number": 3, "label": "Small Records",
        "album": {"name": "Pianos", "cover": "https://example.com/c.jpg", "covers": {"small": "https://example.com/s.jpg"}},
        "upc": 12345678, "release_date": "2020-12-24", "external_metadata": {"spotify": [{"id": "x", "link": "y"}]},
    });
    house.call("PUT", "/api/buckets/1/files/1", json!({"user_defined": values})).await;
    let values = json!({"artist": "Cleo", "album": "More Pianos", "type": "single"});
    house.call("PUT", "/api/buckets/1/files/2", json!({"user_defined": values})).await;
    house
}

async fn names(house: &House, query: &str) -> Vec<String> {
    let json = house.get(&format!("{TRACKS}?{query}")).await.json();
    let rows = json["data"].as_array().unwrap_or_else(|| panic!("{json}"));
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_track_is_found_by_its_code_its_sound_and_its_title() {
    let house = house_with_tracks().await;
    assert_answer!("rich", house.get(&format!("{TRACKS}?isrc=DEA010203004")).await);
    assert_answer!("plain", house.get(&format!("{TRACKS}?query=silent")).await);
    let file = house.get("/api/buckets/1/files/2").await.json();
    let by_sound = format!("acr_id={}", file["data"][0]["acr_id"].as_str().unwrap());
    assert_eq!(names(&house, &by_sound).await, ["Fast Piano"]);
    assert_eq!(names(&house, "query=piano&platforms=spotify,deezer&include_works=1").await.len(), 3);
    assert_eq!(names(&house, "query=piano&format=text").await.len(), 3);
    let by_object = |value: Value| {
        let query: String = url::form_urlencoded::byte_serialize(value.to_string().as_bytes()).collect();
        format!("format=json&query={query}")
    };
    assert_eq!(names(&house, &by_object(json!({"title": "piano", "artists": ["Cleo"]}))).await, ["Fast Piano"]);
    assert_eq!(names(&house, &by_object(json!({"title": "piano", "artists": "ada"}))).await, ["Slow Piano"]);
    assert_eq!(names(&house, &by_object(json!({"title": "slow"}))).await, ["Slow Piano"]);
}

#[tokio::test]
async fn what_nobody_knows_is_an_empty_list() {
    let house = house_with_tracks().await;
    for query in ["source_url=https://example.com/track/1", "isrc=XX", "acr_id=nonsense", "query=violin"] {
        assert_eq!(names(&house, query).await, [""; 0], "{query}");
    }
    assert_answer!(house.get(&format!("{TRACKS}?source_url=https://example.com/track/1")).await);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_told() {
    let house = House::new().await;
    for (query, blamed) in [
        ("", "query"),
        ("isrc=", "query"),
        ("platforms=a,b,c,d,e,f&isrc=x", "platforms"),
        ("format=xml&query=x", "format"),
        ("format=json&query=x", "query"),
        ("format=json&query=%7B%7D", "query"),
        ("include_works=2&query=x", "include_works"),
    ] {
        house.get(&format!("{TRACKS}?{query}")).await.assert_blames(&[blamed]);
    }
    assert_answer!(house.get(&format!("{TRACKS}?isrc=x&platforms=a,b,c,d,e,f")).await);
}
