//! Projects drafted from texts, pages of the web and documents.

use serde_json::{Value, json};

use crate::house::House;

const ARTICLE: &str = "# Bees\n\nBees are insects with wings.\n\nThey are known for pollination.\n\n# Honey\n\nHoney is a sweet food made by bees.";

async fn finished(house: &House, answer: &crate::house::Answer) -> String {
    let id = answer.project_id();
    house.settle().await;
    let progress = house.get(&format!("/automation/progress?projectId={id}")).await.json();
    assert_eq!(progress["data"], json!({"state": "finish", "progress": 100}));
    assert_eq!(house.film(&id).await.state.name(), "draft", "nothing is exported by itself");
    id
}

#[tokio::test]
async fn a_list_of_scripts_is_one_scene_each() {
    let house = House::new().await;
    let scripts = json!(["Good morning.", {"title": "News", "script": "Here is the news."}]);
    let answer = house.post("/automation/scripts_to_video", json!({"scripts": scripts, "name": "Mine"})).await;
    assert_answer!("scripts", answer);
    let id = finished(&house, &answer).await;
    assert_eq!(house.said(&id).await, ["Good morning.", "Here is the news."]);
    assert_eq!(house.film(&id).await.name, "Mine");
    let clips = house.project(&id).await["scenes"][1]["clips"].clone();
    assert_eq!(clips[1]["text"], "News");
}

#[tokio::test]
async fn a_text_is_split_by_its_own_structure() {
    let house = House::new().await;
    let answer =
        house.post("/automation/scripts_to_video", json!({"script": ARTICLE, "orientation": "portrait"})).await;
    let id = finished(&house, &answer).await;
    let said = house.said(&id).await.join(" ");
    for sentence in
        ["Bees are insects with wings.", "They are known for pollination.", "Honey is a sweet food made by bees."]
    {
        assert_eq!(said.matches(sentence).count(), 1, "{said}");
    }
    assert!(house.scenes(&id).await.scenes.len() >= 2);
    assert_eq!(house.scenes(&id).await.canvas.height, 1920);
}

#[tokio::test]
async fn a_page_of_the_web_is_split_too() {
    let house = House::new().await;
    let page = "<html><body><h1>Bees</h1><p>Bees are insects with wings.</p><h2>Honey</h2><p>Honey is sweet.</p></body></html>";
    house.publish("https://pages.example/bees.html", page.as_bytes());
    let answer = house.post("/automation/url_to_video", json!({"url": "https://pages.example/bees.html"})).await;
    let id = finished(&house, &answer).await;
    let said = house.said(&id).await.join(" ");
    assert!(said.contains("Bees are insects with wings.") && said.contains("Honey is sweet."), "{said}");
    house.post("/automation/url_to_video", json!({"url": "https://pages.example/gone.html"})).await.assert_refused(400);
}

#[tokio::test]
async fn documents_are_uploaded_and_become_scenes() {
    let house = House::new().await;
    let answer = house
        .form(
            "/automation/docs-to-video/upload-files",
            &[("name=\"files\"; filename=\"bees.txt\"", ARTICLE.as_bytes())],
        )
        .await;
    assert_answer!("uploaded", answer);
    let files = answer.json()["data"]["uploadResults"].clone();
    let uris: Vec<&str> = files.as_array().unwrap().iter().map(|file| file["uri"].as_str().unwrap()).collect();
    for body in [json!({"files": files}), json!({"files": uris}), json!({"uploadResults": files})] {
        let answer = house.post("/automation/docs-to-video", body).await;
        let id = finished(&house, &answer).await;
        assert!(house.said(&id).await.join(" ").contains("They are known for pollination."));
    }
}

#[tokio::test]
async fn progress_is_asked_for_in_every_spelling() {
    let house = House::new().await;
    let id = house.post("/automation/scripts_to_video", json!({"scripts": ["One."]})).await.project_id();
    for path in [
        format!("/automation/progress?projectId={id}"),
        format!("/automation/progress/?projectId={id}"),
        format!("/automation/progress/{id}"),
    ] {
        assert_answer!("progress", house.get(&path).await);
    }
    assert_eq!(house.get("/automation/progress").await.assert_refused(400), "projectId: is required");
    house.get("/automation/progress?projectId=x").await.assert_refused(404);
}

#[tokio::test]
async fn what_makes_no_scenes_is_refused() {
    let house = House::new().await;
    for (path, body, msg) in [
        ("scripts_to_video", json!({}), "scripts: is required"),
        ("scripts_to_video", json!({"scripts": []}), "scripts: has no text to make scenes of"),
        ("scripts_to_video", json!({"scripts": ["", " "]}), "scripts: has no text to make scenes of"),
        ("scripts_to_video", json!({"scripts": [{}]}), "scripts[0].script: is required"),
        ("scripts_to_video", json!({"script": " "}), "script: has no text to make scenes of"),
        ("scripts_to_video", json!({"scripts": vec!["x"; 501]}), "scripts: makes 501 scenes; at most 500 are allowed"),
        (
            "scripts_to_video",
            json!({"scripts": ["x"], "orientation": "round"}),
            "orientation: must be landscape or portrait",
        ),
        ("url_to_video", json!({}), "url: is required"),
        ("docs-to-video", json!({}), "files: is required"),
        ("docs-to-video", json!({"files": []}), "files: 1 to 20 documents are taken"),
        ("docs-to-video", json!({"files": [{}]}), "files[0].uri: is required"),
    ] {
        assert_eq!(house.post(&format!("/automation/{path}"), body).await.assert_refused(400), msg);
    }
    let unknown = json!({"files": ["material:66b1f0c2a94e1d0012ab34cd"]});
    house.post("/automation/docs-to-video", unknown).await.assert_refused(404);
}

#[tokio::test]
async fn slides_need_a_file_that_has_pages() {
    let house = House::new().await;
    let path = "/editor/project/pptpdf";
    assert_eq!(house.form(path, &[("name=\"name\"", b"x")]).await.assert_refused(400), "file: is required: a file");
    let text: (&str, &[u8]) = ("name=\"file\"; filename=\"a.pptx\"", b"no slides at all");
    let msg = house.form(path, &[text]).await.assert_refused(400);
    assert!(msg.starts_with("file: "), "{msg}");
    let json = house.post(path, json!({"file": "x"})).await.assert_refused(400);
    assert_eq!(json, "send a form (multipart/form-data) with the file");
}

/// A PDF of two pages with a line of text each.
fn pdf() -> Vec<u8> {
    let pages = ["Bees", "Honey"];
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [4 0 R 6 0 R] /Count 2 >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (nth, text) in pages.iter().enumerate() {
        let content = format!("BT /F1 36 Tf 72 400 Td ({text} on page {nth}) Tj ET");
        let contents = 5 + 2 * nth;
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 720 540] /Contents {contents} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut file = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (nth, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", nth + 1));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        file.push_str(&format!("{offset:010} 00000 n \n"));
    }
    file.push_str(&format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    file.into_bytes()
}

#[tokio::test]
async fn every_page_of_a_document_becomes_a_scene_that_shows_it() {
    let house = House::new().await;
    let pdf = pdf();
    let parts: [(&str, &[u8]); 2] = [("name=\"file\"; filename=\"bees.pdf\"", &pdf), ("name=\"name\"", b"Bees")];
    // As the vendor's samples send it: a form that calls itself JSON.
    let answer = house.form_called("application/json", "/editor/project/pptpdf", &parts).await;
    assert_answer!("slides", answer);
    let id = finished(&house, &answer).await;
    let project: Value = house.project(&id).await;
    let scenes = project["scenes"].as_array().unwrap();
    assert_eq!((scenes.len(), &project["name"]), (2, &json!("Bees")));
    for scene in scenes {
        let page = scene["clips"][0]["source_url"].as_str().unwrap();
        assert!(page.starts_with("https://media.example/media/material/"), "{page}");
        assert_eq!(scene["clips"][1]["type"], "aiModel");
    }
}

#[tokio::test]
async fn several_documents_come_in_one_form_and_keep_their_order() {
    let house = House::new().await;
    let parts: [(&str, &[u8]); 2] = [
        ("name=\"files\"; filename=\"second.txt\"", b"The second document comes first."),
        ("name=\"files\"; filename=\"first.txt\"", b"The first document comes second."),
    ];
    let answer = house.form("/automation/docs-to-video/upload-files", &parts).await;
    let files = answer.json()["data"]["uploadResults"].clone();
    let names: Vec<&str> = files.as_array().unwrap().iter().map(|file| file["fileName"].as_str().unwrap()).collect();
    assert_eq!(names, ["second.txt", "first.txt"]);
    let id = finished(&house, &house.post("/automation/docs-to-video", json!({"files": files})).await).await;
    assert_eq!(house.said(&id).await, ["The second document comes first.", "The first document comes second."]);
}
