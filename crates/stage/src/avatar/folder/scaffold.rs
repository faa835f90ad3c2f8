//! A new avatar folder to begin from: one of our own people as drawings that can be changed.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use vello_cpu::kurbo::{Rect, Vec2};

use super::super::figure::people::{PEOPLE, Person};
use super::super::figure::{head, outfit};
use super::super::puppet::{CENTER_X, eye_y};
use super::super::rig::FRAME;
use super::super::sketch::Sketch;

/// Who a new avatar is drawn after.
const MODEL: &str = "elena";

/// Writes a new avatar folder that works as it is. Its id is made of `name`.
///
/// Fails if the folder exists already and is not empty.
pub fn scaffold(path: &Path, name: &str) -> io::Result<()> {
    fs::create_dir_all(path)?;
    if fs::read_dir(path)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty"));
    }
    let person = PEOPLE.iter().find(|person| person.id == MODEL).unwrap_or(&PEOPLE[0]);
    let drawn = head::draw(&person.look);
    let eyes = Vec2::new(CENTER_X, eye_y(&person.look));
    let mut face = drawn.base;
    face.overlay(drawn.shadows);
    face.overlay(drawn.nose);
    fs::write(path.join("head.svg"), face.to_svg(FRAME, eyes))?;
    fs::write(path.join("hair-back.svg"), drawn.behind.to_svg(FRAME, eyes))?;
    fs::write(path.join("hair-front.svg"), drawn.front.to_svg(FRAME, eyes))?;
    let mut outfits = String::new();
    for clothes in person.outfits {
        let mut body = Sketch::default();
        let dressed = outfit::draw(&person.look, clothes);
        body.overlay(dressed.lower);
        body.overlay(dressed.upper);
        let file = format!("body-{}.svg", clothes.id);
        fs::write(path.join(&file), body.to_svg(FRAME, Vec2::new(CENTER_X, 0.0)))?;
        let _ =
            write!(outfits, "\n[[outfits]]\nid = \"{}\"\nname = \"{}\"\nbody = \"{file}\"\n", clothes.id, clothes.name);
    }
    fs::write(path.join("avatar.toml"), manifest(person, name, &outfits))
}

fn manifest(person: &'static Person, name: &str, outfits: &str) -> String {
    let rig = super::super::figure::people::rig(person);
    let (tight, head) = (rig.boxes.tight, rig.boxes.head);
    let listed = |rect: Rect| format!("[{:.0}, {:.0}, {:.0}, {:.0}]", rect.x0, rect.y0, rect.width(), rect.height());
    let eyes = eye_y(&person.look);
    let quoted = toml::Value::String(name.to_owned());
    let id: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(64).collect();
    let id = if id.is_empty() { "avatar".to_owned() } else { id };
    format!(
        "# An avatar of drawings. Every number is in units of the frame, from its top left corner.
version = 1
id = \"{id}\"
name = {quoted}
kind = \"parts\"
gender = \"{gender}\"
age = \"{age}\"
tags = []
frame = [{frame_width}, {frame_height}]

[boxes]
# Left, top, width and height of the whole person, and of the face from the hairline to the chin.
tight = {tight}
head = {head}

[anchors]
# The head turns around this point.
neck = [{center}, {neck}]
{outfits}
[parts]
# Drawings (SVG) or pictures (PNG) that cover the frame; or {{ file = \"head.png\", at = [left, top, width, height] }}.
head = \"head.svg\"
hair-back = \"hair-back.svg\"
hair-front = \"hair-front.svg\"

[eyes]
# Drawn by the program; or open = \"eyes-open.svg\" and closed = \"eyes-closed.svg\".
left = [{left}, {eyes}]
right = [{right}, {eyes}]
iris = \"#5e4526\"
skin = \"#dfa67c\"
lashes = \"#351d13\"
brows = \"#3a2519\"

[mouth]
# Drawn by the program; or [mouth.visemes] with a picture for `sil` and as many of the other visemes as there are.
center = [{center}, {mouth}]
width = 70
lips = \"#b4574f\"
skin = \"#dfa67c\"
",
        gender = person.gender,
        age = person.age,
        frame_width = FRAME.0,
        frame_height = FRAME.1,
        tight = listed(tight),
        head = listed(head),
        center = CENTER_X,
        neck = eyes + 150.0,
        left = CENTER_X - 46.0,
        right = CENTER_X + 46.0,
        mouth = eyes + 94.0,
    )
}
