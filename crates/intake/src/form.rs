//! Forms (`multipart/form-data`): parts in any order, with or without a content type or a file name.

use std::sync::Arc;

use axum::extract::Request;
use engine::{Blobs, UploadedFile};
use multer::Multipart;
use tokio::time::timeout;

use crate::boundary::boundary_of;
use crate::error::Error;
use crate::paced::{Meter, Paced};
use crate::part::{Clip, Disk, FilePart, IDLE_MAX, Memory, Part, Sink};

/// Bytes of a body besides those of its file.
const OVERHEAD_BYTES_MAX: u64 = 1 << 20;
/// Longest name of a part that is kept, in bytes.
const PART_NAME_BYTES_MAX: usize = 200;

/// What a form may have in it; everything else is passed over.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Names of the parts that are files, whether or not they have a file name.
    pub files: &'a [&'a str],
    /// Whether files with one name may come more than once.
    pub files_repeat: bool,
    /// The parts that are text.
    pub texts: Texts<'a>,
    /// Largest file, in bytes.
    pub file_bytes_max: u64,
    /// Longest text, in bytes.
    pub text_bytes_max: usize,
    /// Most parts, of whatever kind.
    pub parts_max: usize,
    /// Bytes that are read and thrown away after a file was found too large: a client that is answered before it has
    /// sent everything may see a broken connection in place of the answer.
    pub drain_bytes_max: u64,
}

/// Which parts are kept as text.
#[derive(Debug, Clone, Copy)]
pub enum Texts<'a> {
    /// Those with these names.
    Named(&'a [&'a str]),
    /// All that have no file name.
    Any,
}

/// A form that was received completely.
#[derive(Debug)]
pub struct Form<F> {
    /// Its files in their order, each name once unless the plan lets them repeat.
    pub files: Vec<FilePart<F>>,
    /// Name and text of its other parts, in their order; names may repeat.
    pub texts: Vec<(String, String)>,
}

impl Form<UploadedFile> {
    /// Receives a form, its files into the scratch folder.
    ///
    /// # Errors
    /// [`Error`]; [`Error::FileTooLarge`] comes once the rest of that file was thrown away.
    pub async fn to_disk(request: Request, plan: &Plan<'_>, blobs: &dyn Blobs) -> Result<Self, Error> {
        read(request, plan, &Disk(blobs)).await
    }
}

impl Form<Clip> {
    /// Receives a form, its files into the memory. A file that is too large is no error, so that the other parts are known.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn to_memory(request: Request, plan: &Plan<'_>) -> Result<Self, Error> {
        read(request, plan, &Memory).await
    }
}

impl<F> Form<F> {
    /// Takes a file out.
    pub fn take_file(&mut self, name: &str) -> Option<FilePart<F>> {
        let at = self.files.iter().position(|file| file.name == name)?;
        Some(self.files.remove(at))
    }

    /// Returns a text; the last one where the name repeats.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().rev().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

/// What becomes of a part.
enum Use {
    File,
    Text,
    Nothing,
}

impl Plan<'_> {
    fn use_of(&self, part: &Part<'_>) -> Use {
        let name = part.name.as_str();
        let is_kept = match self.texts {
            Texts::Named(names) => names.contains(&name),
            Texts::Any => !name.is_empty() && name.len() <= PART_NAME_BYTES_MAX && !part.has_file_name(),
        };
        match (self.files.contains(&name), is_kept) {
            (true, _) => Use::File,
            (false, true) => Use::Text,
            (false, false) => Use::Nothing,
        }
    }
}

async fn read<S: Sink>(request: Request, plan: &Plan<'_>, sink: &S) -> Result<Form<S::Held>, Error> {
    let boundary = boundary_of(request.headers()).ok_or(Error::NoBoundary)?;
    let meter = Arc::new(Meter::default());
    let file_bytes_max = plan.file_bytes_max.saturating_add(plan.drain_bytes_max);
    let body_bytes_max = file_bytes_max.saturating_add(OVERHEAD_BYTES_MAX);
    let paced = Paced::new(request.into_body(), Arc::clone(&meter), body_bytes_max);
    let mut parts = Multipart::new(paced, boundary);
    let mut form = Form { files: Vec::<FilePart<S::Held>>::new(), texts: Vec::new() };
    let mut n_parts = 0;
    while let Some(mut part) = next_part(&mut parts, &meter, body_bytes_max).await? {
        n_parts += 1;
        if n_parts > plan.parts_max {
            return Err(Error::TooManyParts { n_max: plan.parts_max });
        }
        match plan.use_of(&part) {
            Use::File if !plan.files_repeat && form.files.iter().any(|file| file.name == part.name) => {
                return Err(Error::Repeated { part: part.name });
            }
            Use::File => {
                part.is_wanted = true;
                let content = sink.receive(&mut part, plan.file_bytes_max).await?;
                let file_name = part.file_name();
                form.files.push(FilePart { n_bytes: part.n_bytes, name: part.name, file_name, content });
            }
            Use::Text => {
                part.is_wanted = true;
                let text = part.text(plan.text_bytes_max).await?;
                form.texts.push((part.name, text));
            }
            Use::Nothing => part.skip().await?,
        }
    }
    Ok(form)
}

async fn next_part<'a>(
    parts: &mut Multipart<'static>,
    meter: &'a Meter,
    body_bytes_max: u64,
) -> Result<Option<Part<'a>>, Error> {
    let field = timeout(IDLE_MAX, parts.next_field()).await.map_err(|_| Error::TooSlow { part: None })?;
    let field = match field {
        Ok(field) => field,
        Err(_) if meter.is_too_large() => {
            return Err(Error::BodyTooLarge { part: None, n_bytes_max: body_bytes_max });
        }
        Err(_) => return Err(Error::Malformed { part: None }),
    };
    meter.reset();
    Ok(field.map(|field| {
        let name = field.name().unwrap_or_default().to_owned();
        Part { field, meter, name, is_wanted: false, n_bytes: 0, body_bytes_max }
    }))
}

#[cfg(test)]
mod tests;
