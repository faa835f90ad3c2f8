//! Local files and S3, one suite.

use std::path::Path;

use engine::{BlobKey, Blobs, JobId, SystemEntropy};
use futures::TryStreamExt as _;
use store::{LocalBlobs, S3Blobs, S3Settings};

/// Names the S3 server to test against, which accepts the key `test` with the secret `test`.
const S3_VARIABLE: &str = "PHONOSCOPE_TEST_S3";
/// Its bucket, which exists.
const S3_BUCKET: &str = "phonoscope-test";
/// More than one part of a multipart upload.
const LARGE_BYTES: usize = 11 << 20;

async fn read(blobs: &dyn Blobs, key: &BlobKey, range: std::ops::Range<u64>) -> Vec<u8> {
    let chunks: Vec<_> = blobs.read(key, range).await.unwrap().try_collect().await.unwrap();
    chunks.concat()
}

async fn put(blobs: &dyn Blobs, key: &BlobKey, content: &[u8]) {
    let file = blobs.scratch("bin");
    std::fs::write(&file, content).unwrap();
    blobs.put(key, &file).await.unwrap();
    assert!(!file.exists(), "the file was moved");
}

async fn check(blobs: &dyn Blobs) {
    let job = JobId::random(&SystemEntropy);
    let (small, large) = (BlobKey::output(&job, 1, "mp4"), BlobKey::output(&job, 2, "mp4"));
    assert_eq!(blobs.size(&small).await.unwrap(), None);
    put(blobs, &small, b"hello world").await;
    assert_eq!(blobs.size(&small).await.unwrap(), Some(11));
    assert_eq!(read(blobs, &small, 0..11).await, b"hello world");
    assert_eq!(read(blobs, &small, 6..11).await, b"world");
    assert_eq!(read(blobs, &small, 3..3).await, b"");

    let content: Vec<u8> = (0..LARGE_BYTES).map(|index| (index * 31 % 251) as u8).collect();
    put(blobs, &large, &content).await;
    let local = blobs.local(&large).await.unwrap();
    assert_eq!(std::fs::read(local.path()).unwrap(), content);
    let middle = (LARGE_BYTES / 2) as u64;
    assert_eq!(read(blobs, &large, middle..middle + 5).await, content[LARGE_BYTES / 2..][..5]);

    let mut listed = blobs.list(&format!("outputs/{job}")).await.unwrap();
    listed.sort();
    assert_eq!(listed, [small.clone(), large.clone()]);
    for key in [&small, &large] {
        blobs.delete(key).await.unwrap();
        blobs.delete(key).await.unwrap();
        assert_eq!(blobs.size(key).await.unwrap(), None);
    }
    assert!(blobs.read(&small, 0..1).await.is_err());
}

#[tokio::test]
async fn local_files() {
    let folder = tempfile::tempdir().unwrap();
    check(&LocalBlobs::open(folder.path().join("media"), folder.path().join("scratch")).unwrap()).await;
}

#[tokio::test]
async fn s3() {
    let Ok(endpoint) = std::env::var(S3_VARIABLE) else {
        eprintln!("skipped: set {S3_VARIABLE} to the URL of an S3 server with a bucket `{S3_BUCKET}`");
        return;
    };
    let settings = S3Settings {
        bucket: S3_BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint),
        access_key_id: Some("test".to_owned()),
        secret_access_key: Some(engine::Secret::new("test")),
    };
    let folder = tempfile::tempdir().unwrap();
    check(&S3Blobs::open(&settings, Path::new(folder.path()).to_owned()).unwrap()).await;
}
