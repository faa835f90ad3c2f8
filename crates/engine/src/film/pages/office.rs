//! Presentations turned into PDF by LibreOffice, where the operator has it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::PagesError;

/// The program's name.
const PROGRAM: &str = "soffice";
/// The memory it may have, in KiB, and the largest file it may write, in blocks of 512 bytes.
const MEMORY_KIB_MAX: u64 = 3 << 20;
const FILE_BLOCKS_MAX: u64 = 1 << 20;
/// How often to look whether it has ended.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks for the program in the folders of a search path.
pub(super) fn find(search_path: &std::ffi::OsStr) -> Option<PathBuf> {
    std::env::split_paths(search_path).map(|folder| folder.join(PROGRAM)).find(|path| path.is_file())
}

/// Writes `file` as PDF into `folder`, and returns where it is.
///
/// It gets a home of its own in `folder`, no more memory and time than it may have, and is ended with all that it started.
pub(super) fn to_pdf(program: &Path, file: &Path, folder: &Path, time_max: Duration) -> Result<PathBuf, PagesError> {
    // A name that is no option and has no marks in it.
    let source = folder.join("slides.pptx");
    std::fs::copy(file, &source)?;
    let limits = format!(
        "ulimit -v {MEMORY_KIB_MAX} && ulimit -f {FILE_BLOCKS_MAX} && ulimit -t {} && exec \"$@\"",
        time_max.as_secs().max(1)
    );
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &limits, "sh"]).arg(program);
    command.args(["--headless", "--norestore", "--nolockcheck", "--nologo", "--nodefault"]);
    command.arg(format!("-env:UserInstallation=file://{}", folder.join("profile").display()));
    command.args(["--convert-to", "pdf", "--outdir"]).arg(folder).arg(&source);
    command.env_clear().env("HOME", folder).env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LANG", "C.UTF-8");
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let ended = wait(&mut child, time_max);
    // What it started and left behind is in its group, whether it ended or not.
    end_group(&child);
    // Waits for nobody who was not ended.
    let _ = child.kill();
    let _ = child.wait();
    let target = folder.join("slides.pdf");
    match ended {
        Some(true) if target.is_file() => Ok(target),
        Some(_) => Err(PagesError::Failed("the office program could not read the file".to_owned())),
        None => Err(PagesError::Failed("the office program took too long".to_owned())),
    }
}

/// Waits for a process; tells whether it ended well, or nothing if it did not end in time.
fn wait(child: &mut Child, time_max: Duration) -> Option<bool> {
    let end = Instant::now() + time_max;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            Ok(None) | Err(_) => return None,
        }
    }
}

fn end_group(child: &Child) {
    let kill = ["-c", "kill -KILL \"-$1\"", "sh"];
    let mut command = Command::new("/bin/sh");
    command.args(kill).arg(child.id().to_string()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // There is nobody left in the group after a program that ended well.
    let _ = command.status();
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Puts a program in place of the office.
    fn program(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join(PROGRAM);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn it_is_found_on_the_path() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(folder.path().as_os_str()), None);
        let path = program(folder.path(), "true");
        let search = std::env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert_eq!(find(&search), Some(path));
    }

    #[test]
    fn it_gets_the_file_and_no_environment() {
        let (tools, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let script = "for last; do :; done; cat \"$last\" > slides.pdf; env > environment; ulimit -v > memory";
        let office = program(tools.path(), script);
        let file = tools.path().join("-a file.pptx");
        std::fs::write(&file, "slides").unwrap();
        let pdf = to_pdf(&office, &file, folder.path(), Duration::from_secs(20)).unwrap();
        assert_eq!(std::fs::read_to_string(pdf).unwrap(), "slides");
        let environment = std::fs::read_to_string(folder.path().join("environment")).unwrap();
        assert!(environment.contains("HOME=") && !environment.contains("CARGO"), "{environment}");
        let memory = std::fs::read_to_string(folder.path().join("memory")).unwrap();
        assert_eq!(memory.trim(), MEMORY_KIB_MAX.to_string());
    }

    #[test]
    fn it_is_ended_with_all_it_started() {
        let (tools, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let office = program(tools.path(), "sleep 300 & echo $! > child; wait");
        let file = tools.path().join("a.pptx");
        std::fs::write(&file, "slides").unwrap();
        let error = to_pdf(&office, &file, folder.path(), Duration::from_secs(3)).unwrap_err();
        assert!(error.to_string().contains("took too long"), "{error}");
        let child = std::fs::read_to_string(folder.path().join("child")).unwrap();
        let is_gone = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        // The system takes a moment to end what it was told to end.
        let end = Instant::now() + Duration::from_secs(20);
        while !is_gone() {
            assert!(Instant::now() < end, "it still runs");
            std::thread::sleep(PAUSE);
        }
    }

    #[test]
    fn failing_is_told() {
        let (tools, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = tools.path().join("a.pptx");
        std::fs::write(&file, "slides").unwrap();
        for script in ["exit 1", "exit 0"] {
            let office = program(tools.path(), script);
            let error = to_pdf(&office, &file, folder.path(), Duration::from_secs(20)).unwrap_err();
            assert!(error.to_string().contains("could not read"), "{error}");
        }
    }
}
