//! Bodies that are one thing: read whole, or streamed to a scratch file.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use engine::{Blobs, UploadedFile};
use futures::StreamExt;
use tokio::time::timeout;

use crate::error::Error;
use crate::part::{FilePart, IDLE_MAX};
use crate::scratch::Growing;

/// Longest that a body may take which is kept in memory.
const WHOLE_MAX: Duration = Duration::from_secs(60);

/// Reads a body of at most `n_bytes_max` bytes.
///
/// One that is larger is an error once `drain_bytes_max` further bytes were read and thrown away: a client that is
/// answered before it has sent everything may see a broken connection in place of the answer.
///
/// # Errors
/// [`Error::BodyTooLarge`]; [`Error::Malformed`] for a body cut short; [`Error::TooSlow`].
pub async fn bytes(body: Body, n_bytes_max: u64, drain_bytes_max: u64) -> Result<Bytes, Error> {
    let read = async {
        let mut frames = body.into_data_stream();
        let mut bytes = Vec::new();
        while let Some(frame) = next(&mut frames).await? {
            if bytes.len() as u64 + frame.len() as u64 > n_bytes_max {
                drop(bytes);
                drain(&mut frames, drain_bytes_max).await?;
                return Err(Error::BodyTooLarge { part: None, n_bytes_max });
            }
            bytes.extend_from_slice(&frame);
        }
        Ok(bytes.into())
    };
    timeout(WHOLE_MAX, read).await.map_err(|_| Error::TooSlow { part: None })?
}

/// Streams a body into the scratch folder; the file of the answer has no part's name.
///
/// # Errors
/// [`Error::BodyTooLarge`] beyond `n_bytes_max` bytes; [`Error::Malformed`] for a body cut short; [`Error::TooSlow`]; [`Error::Disk`].
pub async fn to_disk(
    body: Body,
    n_bytes_max: u64,
    blobs: &dyn Blobs,
    file_name: &str,
) -> Result<FilePart<UploadedFile>, Error> {
    let mut frames = body.into_data_stream();
    let mut file = Growing::new(blobs).await?;
    while let Some(frame) = next(&mut frames).await? {
        if file.n_bytes() + frame.len() as u64 > n_bytes_max {
            return Err(Error::BodyTooLarge { part: None, n_bytes_max });
        }
        file.write(&frame).await?;
    }
    let n_bytes = file.n_bytes();
    let content = file.finish(file_name).await?;
    Ok(FilePart { name: String::new(), file_name: file_name.to_owned(), n_bytes, content })
}

async fn next(frames: &mut BodyDataStream) -> Result<Option<Bytes>, Error> {
    let frame = timeout(IDLE_MAX, frames.next()).await.map_err(|_| Error::TooSlow { part: None })?;
    frame.transpose().map_err(|_| Error::Malformed { part: None })
}

async fn drain(frames: &mut BodyDataStream, n_bytes_max: u64) -> Result<(), Error> {
    let mut n_bytes = 0;
    while n_bytes < n_bytes_max
        && let Some(frame) = next(frames).await?
    {
        n_bytes += frame.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::BoxError;
    use store::LocalBlobs;

    use super::*;

    fn body(n_bytes: usize) -> Body {
        let frames: Vec<_> = vec![7; n_bytes].chunks(100).map(Bytes::copy_from_slice).collect();
        Body::from_stream(futures::stream::iter(frames.into_iter().map(Ok::<_, BoxError>)))
    }

    #[tokio::test]
    async fn a_body_fits_up_to_its_limit() {
        assert_eq!(bytes(body(1000), 1000, 0).await.unwrap().len(), 1000);
        for drain_bytes_max in [0, 50, 1 << 20] {
            let error = bytes(body(5001), 1000, drain_bytes_max).await.unwrap_err();
            assert!(matches!(error, Error::BodyTooLarge { n_bytes_max: 1000, .. }));
        }
    }

    #[tokio::test]
    async fn a_body_becomes_a_file_or_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::open(dir.path().join("blobs"), dir.path().join("scratch")).unwrap();
        let n_files = || std::fs::read_dir(dir.path().join("scratch")).unwrap().count();
        let file = to_disk(body(1000), 1000, &blobs, "a.mp3").await.unwrap();
        assert_eq!((file.n_bytes, n_files()), (1000, 1));
        drop(file);
        let error = to_disk(body(1001), 1000, &blobs, "a.mp3").await.unwrap_err();
        assert!(matches!(error, Error::BodyTooLarge { .. }));
        assert_eq!(n_files(), 0);
    }
}
