//! From audio to fingerprints.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use fingerprint::{Extractor, Fingerprint};
use media::audio::{DecodeOptions, Decoder};

use super::number::AcrId;
use crate::blobs::{BlobKey, LocalFile};
use crate::ids::AssetId;
use crate::job::{Failure, FailureCode};
use crate::render::work_error;
use crate::uploads::UploadedFile;
use crate::work::{Pulse, WorkError};
use crate::{Engine, Error, Result};

/// Samples that never exceed this are silence: −60 dB below full scale.
const SILENCE_MAX: f32 = 0.001;
/// Largest fingerprint file that is read, in bytes: more than a day of the densest audio.
const FINGERPRINT_BYTES_MAX: u64 = 64 << 20;

/// Audio that was listened to.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) duration_us: i64,
    pub(crate) is_silent: bool,
}

/// Listens to an audio file of any length; memory grows by the fingerprint only. `progress` gets the share that is done, 0 to 1.
pub(crate) fn listen(
    path: &Path,
    duration_s_max: u64,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> media::Result<Heard> {
    let options = DecodeOptions { duration_s_max, ..DecodeOptions::default() };
    let mut decoder = Decoder::open(path, &options)?;
    let spec = decoder.spec();
    let extractor = Extractor::new(spec.sample_rate, usize::from(spec.channels));
    let mut extractor = extractor.map_err(|error| media::Error::unsupported("sound", error.to_string()))?;
    let (mut samples, mut n_frames, mut is_silent) = (Vec::new(), 0_u64, true);
    loop {
        let n = decoder.next_block(&mut samples)?;
        if n == 0 {
            break;
        }
        extractor.push(&samples);
        is_silent = is_silent && samples.iter().all(|sample| sample.abs() < SILENCE_MAX);
        n_frames += n as u64;
        let share = decoder.frames_expected().map_or(0.0, |all| n_frames as f64 / all.max(1) as f64);
        if progress(share.min(1.0)).is_break() {
            return Err(media::Error::Cancelled);
        }
    }
    let duration_us = u128::from(n_frames) * 1_000_000 / u128::from(spec.sample_rate.max(1));
    let duration_us = i64::try_from(duration_us).unwrap_or(i64::MAX);
    Ok(Heard { fingerprint: extractor.finish(), duration_us, is_silent })
}

/// Reads a fingerprint of ours; the sentence is for the caller.
pub(crate) fn read_fingerprint(bytes: &[u8]) -> Result<Fingerprint, Failure> {
    let foreign = |message| Failure::new(FailureCode::BadSource, message);
    if !Fingerprint::is_fingerprint(bytes) {
        return Err(foreign(
            "this is not a fingerprint file of this server; make one with `phonoscope fingerprint`, or send the audio"
                .to_owned(),
        ));
    }
    Fingerprint::from_bytes(bytes).map_err(|error| foreign(format!("the fingerprint file is damaged: {error}")))
}

impl BlobKey {
    /// Names the fingerprint of a sound.
    pub(crate) fn fingerprint(id: &AcrId) -> Self {
        let shard = id.as_str().get(..2).unwrap_or("__");
        Self::from_text(format!("fingerprints/{shard}/{id}.phfp"))
    }
}

impl Engine {
    /// Checks an uploaded fingerprint file and keeps it under `key`.
    pub(crate) async fn store_fingerprint(&self, upload: &UploadedFile, key: &BlobKey) -> Result<Fingerprint> {
        if upload.n_bytes() > FINGERPRINT_BYTES_MAX {
            let message = format!("a fingerprint file has at most {FINGERPRINT_BYTES_MAX} bytes");
            return Err(Error::Refused(Failure::new(FailureCode::BadSource, message)));
        }
        let bytes = tokio::fs::read(upload.path()).await;
        let bytes = bytes.map_err(|error| disk("read an uploaded fingerprint", key, error))?;
        let fingerprint = read_fingerprint(&bytes).map_err(Error::Refused)?;
        self.blobs().put(key, upload.path()).await?;
        Ok(fingerprint)
    }

    /// Keeps a fingerprint under `key`; what is there already is the same.
    pub(crate) async fn keep_fingerprint(&self, fingerprint: &Fingerprint, key: &BlobKey) -> Result<()> {
        let scratch = LocalFile::copy(self.blobs().scratch("phfp"));
        let written = tokio::fs::write(scratch.path(), fingerprint.to_bytes()).await;
        written.map_err(|error| disk("write a fingerprint", key, error))?;
        Ok(self.blobs().put(key, scratch.path()).await?)
    }

    /// Reads a fingerprint that was kept; `None` if it is gone.
    pub(crate) async fn kept_fingerprint(&self, key: &BlobKey) -> Result<Option<Fingerprint>> {
        if self.blobs().size(key).await?.is_none() {
            return Ok(None);
        }
        let file = self.blobs().local(key).await?;
        let bytes = tokio::fs::read(file.path()).await.map_err(|error| disk("read a fingerprint", key, error))?;
        let read = Fingerprint::from_bytes(&bytes);
        Ok(Some(read.map_err(|error| disk("read a fingerprint", key, std::io::Error::other(error)))?))
    }

    /// Listens to a stored original for a job; the whole of it is `percent` of the job's work.
    pub(crate) async fn listen_to_asset(
        &self,
        id: &AssetId,
        pulse: &Arc<Pulse>,
        percent: f64,
    ) -> Result<Heard, WorkError> {
        let audio = self.blobs().local(&BlobKey::asset(id)).await?;
        let (pulse, duration_max_s) = (Arc::clone(pulse), self.limits().duration_max_s);
        let heard = tokio::task::spawn_blocking(move || {
            listen(audio.path(), duration_max_s, &mut |share| pulse.progress((share * percent) as u8))
        });
        let heard = heard.await.map_err(|panic| Failure::new(FailureCode::Internal, panic.to_string()))?;
        heard.map_err(|error| work_error(&error))
    }

    /// Listens to a file in a thread of its own, as many at a time as there are cores.
    pub(crate) async fn listen_aside(&self, path: &Path, duration_s_max: u64) -> Result<media::Result<Heard>> {
        let _turn = self.listening().acquire().await.map_err(|_| Error::TooSlow)?;
        let path = path.to_owned();
        let heard =
            tokio::task::spawn_blocking(move || listen(&path, duration_s_max, &mut |_| ControlFlow::Continue(())));
        heard.await.map_err(|panic| Error::Refused(Failure::new(FailureCode::Internal, panic.to_string())))
    }
}

fn disk(action: &'static str, key: &BlobKey, error: std::io::Error) -> Error {
    crate::BlobError { action, key: key.as_str().to_owned(), source: error.into() }.into()
}
