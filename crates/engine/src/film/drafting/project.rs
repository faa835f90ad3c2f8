//! Drafted scenes in the layouts of a template.

use stage::Project;
use stage::document::{AssetRef, Scene};
use stage::text::Fonts;
use unicode_width::UnicodeWidthStr as _;

use super::super::catalog::{CatalogLayout, CatalogTemplate, LayoutPurpose, SlotContents, SlotMedia};
use super::sentences::{clipped, sentences_of};
use super::{DraftScene, TITLE_WIDTH_MAX};

/// The slot of headings.
const HEADING: &str = "TEXT-001";
/// Widest point of a list, in Latin letters.
const POINT_WIDTH_MAX: usize = 84;
/// Longest name of a document, in characters.
const NAME_CHARS_MAX: usize = 200;
/// How long the closing is seen.
const CLOSING_MS: u32 = 3_000;
/// How to thank, by language.
const THANKS: &[(&str, &str)] = &[
    ("ar", "شكرا لكم"),
    ("cs", "Děkujeme"),
    ("da", "Tak"),
    ("de", "Vielen Dank"),
    ("el", "Ευχαριστούμε"),
    ("en", "Thank you"),
    ("es", "Gracias"),
    ("fi", "Kiitos"),
    ("fr", "Merci"),
    ("he", "תודה"),
    ("hi", "धन्यवाद"),
    ("hu", "Köszönjük"),
    ("id", "Terima kasih"),
    ("it", "Grazie"),
    ("ja", "ありがとうございました"),
    ("ko", "감사합니다"),
    ("nb", "Takk"),
    ("nl", "Bedankt"),
    ("pl", "Dziękujemy"),
    ("pt", "Obrigado"),
    ("ro", "Mulțumim"),
    ("ru", "Спасибо"),
    ("sv", "Tack"),
    ("tr", "Teşekkürler"),
    ("uk", "Дякуємо"),
    ("vi", "Cảm ơn"),
    ("zh", "谢谢"),
];

/// Who presents a draft; what is not given is the template's, or follows from the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cast<'a> {
    /// The avatar's id.
    pub avatar: Option<&'a str>,
    /// The id of what they wear.
    pub outfit: Option<&'a str>,
    /// The voice's id.
    pub voice: Option<&'a str>,
    /// The language of the text as a BCP 47 tag.
    pub language: Option<&'a str>,
}

/// Lays drafted scenes out: the first as a title, scenes with a page beside somebody who speaks, others as points, and a closing.
///
/// Letters become smaller where a text is longer than the layout's own.
pub fn draft_project(scenes: &[DraftScene], template: &CatalogTemplate, cast: Cast<'_>, fonts: &Fonts) -> Project {
    let mut project = template.project.clone();
    project.name = scenes
        .first()
        .map_or_else(|| template.name.clone(), |scene| scene.title.chars().take(NAME_CHARS_MAX).collect());
    project.scenes = scenes.iter().enumerate().map(|(idx, scene)| lay_out(idx, scene, template, cast, fonts)).collect();
    project.scenes.extend(closing(template, cast, fonts));
    project
}

fn lay_out(idx: usize, scene: &DraftScene, template: &CatalogTemplate, cast: Cast<'_>, fonts: &Fonts) -> Scene {
    let purpose = match scene.picture {
        Some(_) => LayoutPurpose::Picture,
        None if idx == 0 => LayoutPurpose::Title,
        None => LayoutPurpose::Text,
    };
    let Some(layout) = template.layout_for(purpose).or_else(|| template.layouts.first()) else {
        return Scene::clone(&template.project.scenes[0]);
    };
    let mut contents = contents_of(layout, cast);
    contents.transcript.clone_from(&scene.text);
    let heading =
        if scene.title.is_empty() { String::new() } else { clipped(&scene.title, TITLE_WIDTH_MAX).to_owned() };
    contents.texts.insert(HEADING.to_owned(), heading);
    if let (LayoutPurpose::Text, Some(slot)) = (purpose, layout.body_slot()) {
        contents.texts.insert(slot.to_owned(), points_of(&scene.text));
    }
    if let (Some(picture), Some(slot)) = (&scene.picture, layout.media_slots().next()) {
        let asset = AssetRef(format!("material:{picture}"));
        contents.media.insert(slot.to_owned(), SlotMedia::Page(asset));
    }
    let mut scene = layout.filled_to_fit(&contents, fonts);
    scene.id = format!("scene-{}", idx + 1);
    scene
}

/// Returns a closing with thanks, if the language is one that we can thank in.
fn closing(template: &CatalogTemplate, cast: Cast<'_>, fonts: &Fonts) -> Option<Scene> {
    let layout = template.layout_for(LayoutPurpose::Closing)?;
    let language = cast.language.unwrap_or("en").to_lowercase();
    let code = language.split(['-', '_']).next().unwrap_or_default();
    let (_, thanks) = THANKS.iter().find(|(known, _)| *known == code)?;
    let mut contents = contents_of(layout, cast);
    contents.texts.insert(HEADING.to_owned(), (*thanks).to_owned());
    let mut scene = layout.filled_to_fit(&contents, fonts);
    scene.id = "closing".to_owned();
    scene.duration_ms = Some(CLOSING_MS);
    Some(scene)
}

/// Returns contents with the cast, and without any of the layout's own texts.
fn contents_of(layout: &CatalogLayout, cast: Cast<'_>) -> SlotContents {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    SlotContents {
        texts: layout.text_slots().map(|slot| (slot.to_owned(), String::new())).collect(),
        avatar: owned(cast.avatar),
        outfit: owned(cast.outfit),
        voice: owned(cast.voice),
        language: owned(cast.language),
        ..SlotContents::default()
    }
}

/// Makes points of what is said: a line for each sentence, cut at a comma or between words where it is long.
fn points_of(text: &str) -> String {
    let points = sentences_of(text, usize::MAX).into_iter().map(|sentence| {
        let sentence = sentence.trim_end_matches(['.', '。', ' ']);
        if sentence.width() <= POINT_WIDTH_MAX {
            return format!("\u{2022} {sentence}");
        }
        let head = clipped(sentence, POINT_WIDTH_MAX);
        let clause = head.rfind([',', ';', ':', '、', '，']).filter(|at| *at > head.len() / 2);
        match clause {
            Some(end) => format!("\u{2022} {}", &head[..end]),
            None => format!("\u{2022} {}\u{2026}", head.rfind(' ').map_or(head, |end| &head[..end])),
        }
    });
    points.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use stage::document::{Limits, Source};

    use super::super::super::material::MaterialId;
    use super::super::draft_text;
    use super::*;

    fn template() -> CatalogTemplate {
        super::super::super::catalog::shipped_templates().remove(0)
    }

    #[test]
    fn a_draft_becomes_a_valid_document_in_every_template() {
        let fonts = Fonts::bundled_only();
        let mut scenes = draft_text(
            "# A rather long title of a text about many different things\n\nIt begins. Then it goes on, and on, for longer than a line \
             on the screen could ever hold, whatever the size of the letters.\n\n## More\n\nAnd more of it.",
        );
        scenes[1].picture = Some(MaterialId::from_text("0123456789abcdef01234567"));
        for template in super::super::super::catalog::shipped_templates() {
            let cast = Cast { avatar: Some("chen"), voice: Some("en-us/iris"), language: Some("en-US"), outfit: None };
            let project = draft_project(&scenes, &template, cast, &fonts);
            project.validate(&Limits::default()).unwrap();
            assert_eq!(project.scenes.len(), 3);
            let json = serde_json::to_string(&project).unwrap();
            assert!(json.contains("material:0123456789abcdef01234567") && json.contains("Thank you"), "{json}");
            assert!(json.contains(r#""avatar":"chen""#) && !json.contains(r#""outfit""#), "{json}");
            let Source::Text { voice, text, .. } = &project.scenes[0].narration[0].source else { panic!("it is text") };
            assert_eq!((voice.as_deref(), text), (Some("en-us/iris"), &scenes[0].text));
        }
    }

    #[test]
    fn what_the_layout_has_for_show_is_not_in_a_draft() {
        let scenes = draft_text("One thing. Another.\n\n# B\n\nMore.");
        let json = serde_json::to_string(&draft_project(&scenes, &template(), Cast::default(), &Fonts::bundled_only()))
            .unwrap();
        assert!(!json.contains("in one line") && !json.contains("example.com"), "{json}");
    }

    #[test]
    fn nobody_is_thanked_in_a_language_that_is_not_known() {
        let scenes = draft_text("Saluton, mondo.");
        let project = |language| {
            let cast = Cast { language: Some(language), ..Cast::default() };
            draft_project(&scenes, &template(), cast, &Fonts::bundled_only()).scenes.len()
        };
        assert_eq!((project("eo"), project("pt-BR")), (1, 2));
    }

    #[test]
    fn points_are_short() {
        let text = "Short. This one is a sentence that goes on for a while, and then says something more that nobody needs to read.";
        assert_eq!(points_of(text), "\u{2022} Short\n\u{2022} This one is a sentence that goes on for a while");
    }
}
