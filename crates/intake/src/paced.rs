//! A body that is read no faster than it is used.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::BoxError;
use axum::body::{Body, BodyDataStream, Bytes};
use futures::{Stream, StreamExt};

/// Bytes that may be read without any of them coming out as part of a file or text, such as an endless part header.
pub(crate) const HELD_BYTES_MAX: usize = 256 << 10;

/// What is known of a body while it is read.
#[derive(Default)]
pub(crate) struct Meter {
    held: AtomicUsize,
    is_too_large: AtomicBool,
}

impl Meter {
    /// Notes that what was read has come out.
    pub(crate) fn reset(&self) {
        self.held.store(0, Ordering::Relaxed);
    }

    /// Tells whether the body was given up because of its size.
    pub(crate) fn is_too_large(&self) -> bool {
        self.is_too_large.load(Ordering::Relaxed)
    }
}

/// A body that is read no faster than it is used.
///
/// The form parser (`multer` 3) reads until its source has nothing ready, and looks at what it has only then; so a
/// fast client would fill the memory. This source has nothing ready after every frame, and stops for good when too
/// much went in and nothing came out.
pub(crate) struct Paced {
    inner: BodyDataStream,
    meter: Arc<Meter>,
    newest_bytes: usize,
    n_bytes_left: u64,
    may_read: bool,
}

impl Paced {
    /// Wraps a body of at most `n_bytes_max` bytes.
    pub(crate) fn new(body: Body, meter: Arc<Meter>, n_bytes_max: u64) -> Self {
        Self { inner: body.into_data_stream(), meter, newest_bytes: 0, n_bytes_left: n_bytes_max, may_read: false }
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.may_read {
            self.may_read = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // The newest frame may not have been looked at yet.
        let n_bytes_seen = self.meter.held.load(Ordering::Relaxed).saturating_sub(self.newest_bytes);
        if n_bytes_seen > HELD_BYTES_MAX {
            return Poll::Ready(Some(Err("a part header is too long".into())));
        }
        match ready!(self.inner.poll_next_unpin(cx)) {
            Some(Ok(frame)) => {
                self.may_read = false;
                self.meter.held.fetch_add(frame.len(), Ordering::Relaxed);
                self.newest_bytes = frame.len();
                let Some(n_bytes_left) = self.n_bytes_left.checked_sub(frame.len() as u64) else {
                    self.meter.is_too_large.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err("the body is too large".into())));
                };
                self.n_bytes_left = n_bytes_left;
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error.into()))),
            None => Poll::Ready(None),
        }
    }
}
