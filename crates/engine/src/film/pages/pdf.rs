//! Pages of PDF files (ISO 32000), drawn by hayro.

mod bombs;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use media::picture::Picture;

use super::{OnPage, Page, PageOptions, PagesError, PagesReport, picture_size};
use text::read_page;

/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Stack of the thread that draws: objects within objects take some.
const STACK_BYTES: usize = 64 << 20;
const WHAT: &str = "a PDF file";

/// Draws the pages of a PDF file, and reads what is written on them.
///
/// Blocks for as long as it takes. Pages that ask for too much, or that break the program that draws them, are left white.
///
/// # Errors
/// [`PagesError::Encrypted`] for files that open only with a password; broken files, and those that are made to hurt.
pub fn render_pdf(path: &Path, options: &PageOptions, on_page: &mut OnPage<'_>) -> Result<PagesReport, PagesError> {
    let n_bytes = std::fs::metadata(path)?.len();
    if n_bytes > FILE_BYTES_MAX {
        return Err(PagesError::Limit(format!("it has {n_bytes} bytes; at most {FILE_BYTES_MAX} are read")));
    }
    let bytes = std::fs::read(path)?;
    // Pages come through a channel that holds none, so that one is in memory at a time.
    let (sender, pages) = mpsc::sync_channel(0);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("pdf".to_owned()).stack_size(STACK_BYTES);
        let draw = thread.spawn_scoped(scope, move || draw_all(bytes, options, &sender))?;
        for page in &pages {
            if on_page(page).is_break() {
                break;
            }
        }
        drop(pages);
        draw.join().unwrap_or_else(|_| Err(PagesError::malformed(WHAT, "it cannot be read")))
    })
}

fn draw_all(bytes: Vec<u8>, options: &PageOptions, pages: &mpsc::SyncSender<Page>) -> Result<PagesReport, PagesError> {
    let end = Instant::now() + options.time_max;
    bombs::check(&bytes)?;
    let pdf = guarded(|| Pdf::new(bytes)).map_err(|_| PagesError::malformed(WHAT, "it cannot be read"))?;
    let pdf = pdf.map_err(of_load)?;
    let all = pdf.pages();
    let mut report = PagesReport { n_pages: all.len(), ..PagesReport::default() };
    if all.is_empty() {
        return Err(PagesError::malformed(WHAT, "it has no pages"));
    }
    if all.len() > options.n_pages_max {
        report.warnings.push(format!("the first {} of {} pages are taken", options.n_pages_max, all.len()));
    }
    let settings = InterpreterSettings::default();
    for (idx, page) in all.iter().enumerate().take(options.n_pages_max) {
        if Instant::now() >= end {
            report.warnings.push(format!("drawing took too long; the pages from {} on are left out", idx + 1));
            break;
        }
        // Fonts and letters are kept for one page only: a cache for all pages would grow with the file.
        let (page, warning) = draw_page(idx, page, options.long_side_px, &settings, end);
        report.warnings.extend(warning);
        if pages.send(page).is_err() {
            break;
        }
        report.n_drawn += 1;
    }
    Ok(report)
}

/// Draws a page; one that cannot be drawn is white, with a warning.
fn draw_page(
    idx: usize,
    page: &PdfPage<'_>,
    long_side_px: u32,
    settings: &InterpreterSettings,
    end: Instant,
) -> (Page, Option<String>) {
    let (width, height) = page.render_dimensions();
    let size = picture_size(f64::from(width), f64::from(height), long_side_px).unwrap_or((long_side_px, long_side_px));
    let read = guarded(|| read_page(page, settings, end)).and_then(|read| read);
    let drawn = read.as_ref().map_err(Clone::clone).and_then(|_| guarded(|| draw(page, size, settings)));
    let warning = drawn.as_ref().err().map(|reason| format!("page {}: {reason}", idx + 1));
    let picture = drawn.unwrap_or_else(|_| blank(size));
    (Page { idx, picture, text: read.unwrap_or_default() }, warning)
}

fn draw(page: &PdfPage<'_>, (width, height): (u32, u32), settings: &InterpreterSettings) -> Picture {
    let (own_width, own_height) = page.render_dimensions();
    let (x_scale, y_scale) = (f64::from(width) / f64::from(own_width), f64::from(height) / f64::from(own_height));
    let transform = Affine::scale_non_uniform(x_scale, y_scale) * page.initial_transform(true).to_kurbo();
    let (columns, rows) = (width.min(u32::from(u16::MAX)) as u16, height.min(u32::from(u16::MAX)) as u16);
    let mut ctx = RenderContext::new(columns, rows);
    render_into(page, &RenderCache::new(), settings, &RenderSettings::default(), &mut ctx, transform);
    ctx.flush();
    let mut pixmap = Pixmap::new(columns, rows);
    let raster = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    ctx.render_with(&mut pixmap, &mut Resources::default(), raster);
    let pixels = pixmap.data_as_u8_slice().to_vec();
    // On white, nothing is left transparent.
    Picture::from_premultiplied(columns.into(), rows.into(), pixels).unwrap_or_else(|_| blank((width, height)))
}

fn blank((width, height): (u32, u32)) -> Picture {
    let rgba = vec![255; width as usize * height as usize * 4];
    Picture::from_rgba(width, height, rgba).expect("the length was made for the size, and no side is 0")
}

/// What a page that asks for too much ends with.
pub(super) struct TooMuch(pub(super) &'static str);

/// Unwinds out of a page, without a word from the panic hook.
pub(super) fn give_up(reason: &'static str) -> ! {
    resume_unwind(Box::new(TooMuch(reason)))
}

/// Runs what may panic on hostile input; the error is a sentence about the page.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| match panic.downcast_ref::<TooMuch>() {
        Some(TooMuch(reason)) => (*reason).to_owned(),
        None => "it is broken in a way that nothing can be drawn".to_owned(),
    })
}

fn of_load(error: LoadPdfError) -> PagesError {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => PagesError::Encrypted,
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => {
            PagesError::malformed(WHAT, "it is encrypted in a way that is not known")
        }
        LoadPdfError::Decryption(_) => PagesError::malformed(WHAT, "its encryption is broken"),
        LoadPdfError::Invalid => PagesError::malformed(WHAT, "it is broken, or something else"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::ops::ControlFlow;
    use std::time::Duration;

    use super::*;

    /// Makes a PDF file of objects, the first being the catalog.
    fn pdf_of(objects: &[Vec<u8>]) -> tempfile::NamedTempFile {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut offsets = Vec::new();
        for (idx, object) in objects.iter().enumerate() {
            offsets.push(bytes.len());
            bytes.extend(format!("{} 0 obj\n", idx + 1).bytes());
            bytes.extend(object);
            bytes.extend(b"\nendobj\n");
        }
        let start = bytes.len();
        bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
        for offset in offsets {
            bytes.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF", objects.len() + 1);
        bytes.extend(trailer.bytes());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        file
    }

    fn stream(dict: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = format!("<< /Length {} {dict} >>\nstream\n", data.len()).into_bytes();
        bytes.extend(data);
        bytes.extend(b"\nendstream");
        bytes
    }

    /// Makes a file of `n_pages` pages that share one content.
    fn pages_of(n_pages: usize, media_box: &str, content: Vec<u8>) -> tempfile::NamedTempFile {
        let kids: Vec<String> = (0..n_pages).map(|idx| format!("{} 0 R", 5 + idx)).collect();
        let mut objects = vec![
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            format!("<< /Type /Pages /Kids [{}] /Count {n_pages} >>", kids.join(" ")).into_bytes(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
            content,
        ];
        let page = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        );
        objects.extend((0..n_pages).map(|_| page.clone().into_bytes()));
        pdf_of(&objects)
    }

    fn options() -> PageOptions {
        PageOptions { long_side_px: 320, n_pages_max: 5, ..PageOptions::default() }
    }

    fn render(file: &tempfile::NamedTempFile) -> Result<(Vec<Page>, PagesReport), PagesError> {
        let mut pages = Vec::new();
        let report = render_pdf(file.path(), &options(), &mut |page| {
            pages.push(page);
            ControlFlow::Continue(())
        })?;
        Ok((pages, report))
    }

    const CONTENT: &[u8] = b"0.8 0.1 0.1 rg 0 0 160 90 re f BT /F1 24 Tf 20 140 Td (A heading) Tj ET \
        BT /F1 10 Tf 20 110 Td (The first line of a paragraph) Tj 0 -12 Td (and the second one.) Tj 0 -30 Td (Another.) Tj ET";

    #[test]
    fn pages_are_drawn_and_read() {
        let (pages, report) = render(&pages_of(2, "0 0 320 180", stream("", CONTENT))).unwrap();
        assert_eq!((report.n_pages, report.n_drawn, report.warnings.len()), (2, 2, 0));
        let page = &pages[1];
        assert_eq!((page.idx, page.picture.width(), page.picture.height()), (1, 320, 180));
        let pixel = |x: usize, y: usize| &page.picture.rgba()[(y * 320 + x) * 4..][..4];
        assert_eq!(pixel(300, 170), [255, 255, 255, 255]);
        assert_eq!(pixel(150, 175), [204, 26, 26, 255]);
        let dark = page.picture.rgba()[..320 * 60 * 4].chunks_exact(4).filter(|pixel| pixel[1] < 100).count();
        assert!(dark > 100, "letters are drawn");
        assert_eq!(page.text.title, "A heading");
        assert_eq!(page.text.body, "A heading\nThe first line of a paragraph and the second one.\nAnother.");
    }

    #[test]
    fn there_is_an_end_to_pages_and_time() {
        let file = pages_of(10_000, "0 0 200 100", stream("", b"0 0 9 9 re f"));
        let (pages, report) = render(&file).unwrap();
        assert_eq!((pages.len(), report.n_pages), (5, 10_000));
        assert!(report.warnings[0].contains("first 5 of 10000"));
        let late = PageOptions { time_max: Duration::ZERO, ..options() };
        let report = render_pdf(file.path(), &late, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(report.n_drawn, 0);
        assert!(report.warnings.iter().any(|warning| warning.contains("took too long")));
        let mut n_pages = 0;
        render_pdf(file.path(), &options(), &mut |_| {
            n_pages += 1;
            ControlFlow::Break(())
        })
        .unwrap();
        assert_eq!(n_pages, 1, "who takes the pages can stop");
    }

    #[test]
    fn pages_of_any_size_give_small_pictures() {
        for media_box in ["0 0 14400000 1", "0 0 1 9999999", "5 5 -90 -90", "0 0 0 0", "0 0 1e300 1e300", "a b c d"] {
            // What is no size at all is no page.
            let Ok((pages, _)) = render(&pages_of(1, media_box, stream("", CONTENT))) else {
                assert!(media_box.ends_with(['0', 'd']) && media_box != "5 5 -90 -90", "{media_box}");
                continue;
            };
            let picture = &pages[0].picture;
            assert!(picture.width().max(picture.height()) <= 320, "{media_box}: {}", picture.width());
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let zeros = vec![b' '; bombs::STREAM_BYTES_MAX as usize + 1000];
        let once = bombs::tests::packed(&zeros);
        let refused = |content| matches!(render(&pages_of(1, "0 0 9 9", content)), Err(PagesError::Limit(_)));
        assert!(refused(stream("/Filter /FlateDecode", &once)));
        let twice = bombs::tests::packed(&once);
        assert!(twice.len() < 4000 && refused(stream("/Filter [/FlateDecode /FlateDecode]", &twice)));
        assert!(!refused(stream("/Filter /FlateDecode", &bombs::tests::packed(CONTENT))));
    }

    #[test]
    fn a_page_that_never_ends_is_left_white() {
        let file = pages_of(1, "0 0 320 180", stream("", &b"0 0 9 9 re f ".repeat(text::DRAWINGS_MAX + 1)));
        let (pages, report) = render(&file).unwrap();
        assert!(report.warnings[0].starts_with("page 1: it has more than"), "{:?}", report.warnings);
        assert!(pages[0].picture.rgba().iter().all(|byte| *byte == 255));
    }

    #[test]
    fn files_that_are_broken_say_so() {
        for bytes in [&b""[..], b"hello", b"%PDF-1.7\n%%EOF", b"PK\x03\x04", &[0xff; 4000]] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            assert!(matches!(render(&file), Err(PagesError::Malformed { .. })), "{bytes:?}");
        }
        // Cut off and garbled files give something or an error, and no panic.
        let whole = std::fs::read(pages_of(2, "0 0 320 180", stream("", CONTENT)).path()).unwrap();
        for step in 1..60 {
            let mut bytes = whole[..whole.len() * step / 60].to_vec();
            let at = bytes.len() / 2;
            bytes[at] ^= 0x15;
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&bytes).unwrap();
            if let Ok((pages, _)) = render(&file) {
                assert!(pages.len() <= 5);
            }
        }
    }

    #[test]
    fn a_password_is_asked_for_in_words() {
        // RC4, 40 bits, a user password that is not empty: the check value cannot be that of the empty one.
        let mut bytes = std::fs::read(pages_of(1, "0 0 320 180", stream("", CONTENT)).path()).unwrap();
        let encrypt = format!(
            "<< /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >>",
            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
        );
        let text = String::from_utf8(bytes.clone()).unwrap();
        bytes = text.replace("/Root 1 0 R", &format!("/Root 1 0 R /ID [<01> <01>] /Encrypt {encrypt}")).into_bytes();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        assert!(matches!(render(&file), Err(PagesError::Encrypted)));
    }
}
