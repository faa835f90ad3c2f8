//! The operator's own backgrounds, palettes and templates.

use std::path::{Path, PathBuf};

use super::format::{read_palette, read_template};
use super::{Catalog, CatalogBackground};

/// Largest palette or template, in bytes.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// Most files of one folder that are looked at.
const FILES_MAX: usize = 2_000;
/// What backgrounds can be, by the ending of their names.
const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "webp", "svg"];
const VIDEOS: [&str; 1] = ["mp4"];

impl Catalog {
    /// Adds what is in a folder: `backgrounds/*.{png,jpg,jpeg,webp,svg,mp4}`, `palettes/*.json` and `templates/*.json`.
    ///
    /// Returns a sentence for everything that is passed over. A folder that is not there has nothing.
    pub fn add_folder(&mut self, folder: &Path) -> Vec<String> {
        let mut warnings = Vec::new();
        self.add_backgrounds(&folder.join("backgrounds"), &mut warnings);
        for (path, stem) in files_in(&folder.join("palettes"), &["json"], &mut warnings) {
            let read = read_text(&path).and_then(|text| read_palette(&text, &stem));
            let known = |id: &str| self.palettes.iter().find(|it| it.id == id).map(|it| it.name.clone());
            match read.and_then(|palette| free(&palette.id, known).map(|()| palette)) {
                Ok(palette) => self.palettes.push(palette),
                Err(reason) => warnings.push(passed_over(&path, &reason)),
            }
        }
        for (path, stem) in files_in(&folder.join("templates"), &["json"], &mut warnings) {
            let read = read_text(&path).and_then(|text| read_template(&text, &stem));
            let known = |id: &str| self.name_of(id);
            let read = read.and_then(|template| {
                let mut ids = std::iter::once(&template.id).chain(template.layouts.iter().map(|layout| &layout.id));
                ids.try_for_each(|id| free(id, known)).map(|()| template)
            });
            match read {
                Ok(template) => self.templates.push(template),
                Err(reason) => warnings.push(passed_over(&path, &reason)),
            }
        }
        warnings
    }

    fn add_backgrounds(&mut self, folder: &Path, warnings: &mut Vec<String>) {
        let endings: Vec<&str> = PICTURES.into_iter().chain(VIDEOS).collect();
        for (path, stem) in files_in(folder, &endings, warnings) {
            if self.backgrounds.iter().any(|background| background.name == stem) {
                warnings.push(passed_over(&path, &format!("there is a background `{stem}` already")));
                continue;
            }
            let Some(file_name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let asset = format!("catalog:backgrounds/{file_name}");
            let is_video = VIDEOS.contains(&ending_of(&path).as_str());
            self.files.insert(asset.clone(), path.clone());
            self.backgrounds.push(CatalogBackground { name: stem, asset, is_video });
        }
    }

    /// Returns what a template or layout with this id is called.
    fn name_of(&self, id: &str) -> Option<String> {
        let layout = || self.layout(id).map(|layout| layout.name.clone());
        self.template(id).map(|template| template.name.clone()).or_else(layout)
    }
}

/// Lists the files of a folder that end in one of `endings`, by name, each with its name without the ending.
fn files_in(folder: &Path, endings: &[&str], warnings: &mut Vec<String>) -> Vec<(PathBuf, String)> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            warnings.push(passed_over(folder, &error.to_string()));
            return Vec::new();
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    if paths.len() > FILES_MAX {
        warnings.push(format!("`{}` has {} files; the first {FILES_MAX} are taken", folder.display(), paths.len()));
        paths.truncate(FILES_MAX);
    }
    let mut files = Vec::new();
    for path in paths {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        match stem {
            Some(stem) if stem.starts_with('.') => {}
            Some(stem) if endings.contains(&ending_of(&path).as_str()) => files.push((path, stem)),
            Some(_) => warnings.push(passed_over(&path, &format!("only {} are taken", endings.join(", ")))),
            None => warnings.push(passed_over(&path, "its name is not UTF-8")),
        }
    }
    files
}

fn ending_of(path: &Path) -> String {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn read_text(path: &Path) -> Result<String, String> {
    let n_bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if n_bytes > FILE_BYTES_MAX {
        return Err(format!("it has {n_bytes} bytes; at most {FILE_BYTES_MAX} are read"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

fn free(id: &str, known: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    known(id).map_or(Ok(()), |name| Err(format!("its id `{id}` is that of `{name}`")))
}

fn passed_over(path: &Path, reason: &str) -> String {
    format!("`{}` is passed over: {reason}", path.display())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::pictures::tests::catalog;
    use super::*;

    const BEACH: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#e0c080"/></svg>"##;
    const TEMPLATE: &str = r##"{
        "version": 1, "name": "Mine", "category": "social", "palette": [{ "role": "ink", "color": "#123456" }],
        "layouts": [{ "name": "One", "scene": { "background": { "type": "image", "image": "catalog:backgrounds/beach.svg" } } }],
        "scenes": [{ "layout": "One" }]
    }"##;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[tokio::test]
    async fn what_is_in_the_folder_is_added() {
        let (folder, catalog) = catalog();
        let mut catalog = Arc::into_inner(catalog).unwrap();
        let own = folder.path().join("catalog");
        write(&own, "backgrounds/beach.svg", BEACH);
        write(&own, "backgrounds/waves.MP4", "");
        write(&own, "palettes/sea.json", r#"{ "version": 1, "name": "Sea", "colors": ["navy"] }"#);
        write(&own, "templates/mine.json", TEMPLATE);
        let n_palettes = catalog.palettes().len();
        assert_eq!(catalog.add_folder(&own), Vec::<String>::new());
        assert_eq!(catalog.asset_path("catalog:backgrounds/beach.svg"), Some(own.join("backgrounds/beach.svg")));
        assert_eq!(catalog.asset_path("catalog:backgrounds/../palettes/sea.json"), None);
        let added =
            |name: &str| catalog.backgrounds().iter().find(|background| background.name == name).unwrap().is_video;
        assert!(added("waves") && !added("beach"));
        assert_eq!(catalog.palettes()[n_palettes].name, "Sea");
        let template = catalog.templates().last().unwrap().clone();
        assert_eq!(template.name, "Mine");
        let catalog = Arc::new(catalog);
        for path in ["backgrounds/beach.png".to_owned(), format!("templates/{}/thumbnail.jpg", template.id)] {
            let file = catalog.file(&path).await.unwrap();
            let picture = media::picture::Picture::decode(&file.bytes, &Default::default(), None).unwrap();
            let [r, g, b, _] = picture.rgba()[..4] else { panic!("it has pixels") };
            assert!(r.abs_diff(0xe0) < 6 && g.abs_diff(0xc0) < 6 && b.abs_diff(0x80) < 6, "{path}: {r} {g} {b}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let (folder, catalog) = catalog();
        let mut catalog = Arc::into_inner(catalog).unwrap();
        let own = folder.path().join("catalog");
        assert!(catalog.add_folder(&own).is_empty(), "a folder that is not there has nothing");
        write(&own, "backgrounds/mint.png", "");
        write(&own, "backgrounds/notes.txt", "");
        write(&own, "backgrounds/.hidden.png", "");
        write(&own, "palettes/broken.json", "{");
        write(
            &own,
            "palettes/taken.json",
            r#"{ "version": 1, "id": "70686f6e6f73636f70650001", "name": "X", "colors": ["navy"] }"#,
        );
        write(
            &own,
            "templates/taken.json",
            &TEMPLATE.replace("\"One\", \"scene\"", "\"One\", \"id\": \"70686f6e6f73636f70650101\", \"scene\""),
        );
        let warnings = catalog.add_folder(&own);
        let expected = ["only png, jpg", "a background `mint` already", "EOF", "that of `Harbor`", "that of `Title`"];
        assert_eq!(warnings.len(), expected.len(), "{warnings:?}");
        for (warning, expected) in warnings.iter().zip(expected) {
            assert!(warning.contains(expected) && warning.contains("is passed over"), "{warning}");
        }
    }
}
