//! Renders scene documents one after another in one process, and tells how long opening the studio and each render took.
//!
//! ```sh
//! cargo run --release -p studio --example render_speed -- CACHE OUT.mp4 FIRST.json [NEXT.json ...]
//! ```

#![expect(clippy::print_stdout, reason = "an example")]

use std::error::Error;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use stage::Project;
use studio::{FolderSources, RenderOptions, Studio, StudioOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [cache, out, documents @ ..] = args.as_slice() else { return Err("CACHE OUT.mp4 DOCUMENT...".into()) };
    let begun = Instant::now();
    let studio = Studio::open(StudioOptions::new(cache))?;
    println!("the studio opened in {:.1} ms", begun.elapsed().as_secs_f64() * 1000.0);
    for path in documents {
        let begun = Instant::now();
        let project = Project::from_json(&std::fs::read_to_string(path)?)?;
        let sources = FolderSources::new(path.parent().unwrap_or(Path::new(".")));
        let mut go_on = |_| ControlFlow::Continue(());
        let report = studio.render(&project, &sources, &RenderOptions::default(), out, &mut go_on)?;
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{}: {:.1} ms, {:.0} x real time, {} of {} segments cached",
            path.display(),
            seconds * 1000.0,
            report.duration_ms as f64 / 1000.0 / seconds,
            report.n_segments_cached,
            report.n_segments
        );
        for warning in &report.warnings {
            println!("  {warning}");
        }
    }
    Ok(())
}
