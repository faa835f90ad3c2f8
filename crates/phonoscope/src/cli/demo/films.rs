//! AI Studios, Hour One and Spiritme: one flagship request each, from the request to a video on disk.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::header::{AUTHORIZATION, HeaderName};
use serde_json::{Value, json};

use super::super::output::say;
use super::{Tour, show, text_at};

/// How long a video may take.
const READY_WITHIN: Duration = Duration::from_secs(240);
/// How often it is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// A door with the header that lets a caller in.
struct Key {
    header: HeaderName,
    value: String,
}

impl Tour<'_> {
    /// AI Studios: a key pair becomes a day's token, a document of one scene a video with a talking presenter.
    pub(super) async fn aistudios(&self) -> Result<()> {
        say!("── AI Studios: from a scene document to a talking presenter ──\n")?;
        let (app_id, user_key) = &self.aistudios_pair;
        let none = Key { header: AUTHORIZATION, value: String::new() };
        let pair = json!({ "appId": format!("studiov3.{app_id}"), "userKey": user_key });
        let answer = self.ask(&none, "/api/odin/v3/auth/token", Some(&pair)).await?;
        let key = Key { header: AUTHORIZATION, value: text_at(&answer, "/data/token")? };
        let models = self.ask(&key, "/api/odin/v3/dropdown/models", None).await?;
        let avatar = text_at(&models, "/data/0/id")?;
        let document = json!({
            "name": "Demo", "orientation": "landscape", "resolution": "720",
            "scenes": [{
                "sceneIdx": 0,
                "background": { "id": "background", "type": "background", "source_type": "image",
                    "source_url": "/images/background/bg_blue_gradient.png", "source_color": "rgb(54,188,37)" },
                "clips": [
                    { "id": "aiModel-1", "type": "aiModel", "layer": 1, "left": 980, "top": 144.6, "width": 679, "height": 2229,
                      "model": { "ai_name": avatar, "emotion": "", "language": "en" },
                      "script": { "org": "<p>Hello, I am a presenter of Phonoscope.</p><p>Everything here was made on this machine.</p>" } },
                    { "id": "textImage-1", "type": "textImage", "layer": 2, "left": 120, "top": 380, "width": 800, "height": 200,
                      "text": "Made on\nthis machine", "fill": "#ffffff", "fontSize": 72, "fontWeight": "bold" }
                ]
            }]
        });
        let made = self.ask(&key, "/api/odin/v3/editor/project", Some(&document)).await?;
        let path = format!("/api/odin/v3/editor/progress/{}", text_at(&made, "/data/projectId")?);
        let is_done = |answer: &Value| answer.pointer("/data/downloadUrl").is_some_and(Value::is_string);
        let done = self.follow(&key, &path, is_done).await?;
        self.keep(&text_at(&done, "/data/downloadUrl")?, "aistudios.mp4").await
    }

    /// Hour One: a template's layout is filled.
    pub(super) async fn hourone(&self) -> Result<()> {
        say!("── Hour One: from a template's layout to a video ──\n")?;
        let key = Key { header: HeaderName::from_static("api-key"), value: self.hourone_key.clone() };
        let templates = self.ask_quietly(&key, "/api/v1/templates").await?;
        let template = text_at(&templates, "/0/id")?;
        let layouts = self.ask_quietly(&key, "/api/v1/layouts").await?;
        let is_of_template =
            |layout: &&Value| layout["template_id"] == template.as_str() || layout["template_id"].is_null();
        let layout = layouts.as_array().into_iter().flatten().find(is_of_template).context("there is no layout")?;
        let characters = self.ask_quietly(&key, "/api/v1/characters").await?;
        let body = json!({
            "type": "create", "name": "Demo", "template_id": template, "character_id": text_at(&characters, "/0/id")?,
            "voice_id": "en-us/iris", "correlation_id": "demo-1",
            "scenes": [{
                "name": "Intro", "layout_id": text_at(layout, "/id")?,
                "texts_elements": [{ "text": "20 % off" }], "transcript": "Hello and welcome to our shop.",
            }]
        });
        let made = self.ask(&key, "/api/v1/videos", Some(&body)).await?;
        say!("watch  {}\n", text_at(&made, "/video_player_url")?)?;
        let path = format!("/api/v1/videos/{}", text_at(&made, "/id")?);
        let done = self.follow(&key, &path, |answer| answer["status"] == "ready").await?;
        self.keep(&text_at(&done, "/download_url")?, "hourone.mp4").await
    }

    /// Spiritme: a template with a placeholder, and one of its batch videos.
    pub(super) async fn spiritme(&self) -> Result<()> {
        say!("── Spiritme: from a template and variables to a video ──\n")?;
        let key = Key { header: AUTHORIZATION, value: format!("Token {}", self.spiritme_token) };
        let avatars = self.ask_quietly(&key, "/api/avatars/?limit=1").await?;
        let avatar = avatars.pointer("/results/0").context("there is no avatar")?;
        let voice = avatar.pointer("/best_fit_voices/0").context("the avatar has no voice")?;
        let template = json!({
            "avatar": { "id": avatar["id"] }, "voice": { "id": voice },
            "text": "Hello {name}, <emotion name=\"happiness\">{seats} seats are kept for you!</emotion>",
        });
        let template = self.ask(&key, "/api/batch-video-templates/", Some(&template)).await?;
        let body = json!({ "variables": { "name": "Ada", "seats": 3 }, "template": { "id": template["id"] } });
        let made = self.ask(&key, "/api/batch-videos/", Some(&body)).await?;
        let path = format!("/api/batch-videos/{}/", made["id"]);
        let done = self.follow(&key, &path, |answer| answer["status"] == "success").await?;
        self.keep(&text_at(&done, "/result")?, "spiritme.mp4").await
    }

    fn request(&self, key: &Key, path: &str, body: Option<&Value>) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.url);
        let request = match body {
            Some(body) => self.client.post(&url).json(body),
            None => self.client.get(&url),
        };
        if key.value.is_empty() { request } else { request.header(&key.header, &key.value) }
    }

    /// Sends a request and shows it with its answer.
    async fn ask(&self, key: &Key, path: &str, body: Option<&Value>) -> Result<Value> {
        let header = if key.value.is_empty() { String::new() } else { format!("-H '{}: {}' ", key.header, key.value) };
        let data =
            body.map(|body| format!("-H 'content-type: application/json' \\\n    -d '{body}' ")).unwrap_or_default();
        say!("$ curl {header}{data}{}{path}", self.url)?;
        show(self.request(key, path, body)).await
    }

    async fn ask_quietly(&self, key: &Key, path: &str) -> Result<Value> {
        let response = self.request(key, path, None).send().await.context("the server does not answer")?;
        ensure!(response.status().is_success(), "{path}: the server answered {}", response.status());
        response.json().await.context("the answer is not JSON")
    }

    /// Asks until the video is there, and shows the last answer.
    async fn follow(&self, key: &Key, path: &str, is_done: impl Fn(&Value) -> bool) -> Result<Value> {
        say!("$ curl -H '{}: {}' {}{path}", key.header, key.value, self.url)?;
        let begun = Instant::now();
        loop {
            let answer = self.ask_quietly(key, path).await?;
            if is_done(&answer) {
                say!("{}\n", serde_json::to_string_pretty(&answer)?)?;
                return Ok(answer);
            }
            if begun.elapsed() > READY_WITHIN {
                bail!("the video is not ready after {} s: {answer}", READY_WITHIN.as_secs());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn keep(&self, url: &str, name: &str) -> Result<()> {
        let saved = self.save(url, name).await?;
        say!("saved  {}\nplay   {url}\n", saved.display())?;
        Ok(())
    }
}
