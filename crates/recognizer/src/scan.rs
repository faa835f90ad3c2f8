//! Scanning: what plays when in a long recording, in one pass and constant memory.
//!
//! A window of some seconds is identified every few seconds. Matches of neighboring windows that lie on one line (track time as a function of
//! query time) are one span. Spans of several tracks may overlap, as they do in a mix. A window alone needs the full score; beside others
//! on its line a lower one is enough, which carries a span through noise and speech.

use std::collections::VecDeque;
use std::ops::Range;

use fingerprint::{FRAME_MS, Fingerprint, Peak, SearchOptions};

use crate::recognizer::Recognizer;
use crate::track::{Found, TrackInfo};

/// From a span of this length on, its ends tell its speed better than any window does.
const SPEED_SPAN_MS: u64 = 20_000;

/// How to scan.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions {
    /// How to search each window. A span must reach its threshold once.
    pub search: SearchOptions,
    /// The score that is enough for a window beside others of a span, as a part of the threshold.
    pub support: f32,
    /// The length of a window.
    pub window_ms: u64,
    /// From one window to the next.
    pub hop_ms: u64,
    /// How long a track may be unheard within a span.
    pub gap_ms_max: u64,
    /// How far two windows may be from one line: this, and a hundredth of the time between them.
    pub slack_ms: u64,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            // Two songs at a time: the end of one under the beginning of the next.
            search: SearchOptions { n_matches_max: 2, ..SearchOptions::default() },
            support: 0.6,
            window_ms: 9_000,
            hop_ms: 4_000,
            gap_ms_max: 10_000,
            slack_ms: 400,
        }
    }
}

/// A stretch of a recording in which a track plays.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Span {
    /// The track.
    pub track: TrackInfo,
    /// The best score of a window, 0 to 100.
    pub score: f32,
    /// When it plays.
    pub query_ms: Range<u64>,
    /// Which part of it plays.
    pub track_ms: Range<u64>,
    /// Seconds of the track per second of the recording.
    pub time_factor: f64,
    /// Its pitch here over its own.
    pub pitch_factor: f64,
    /// How many windows found it.
    pub n_windows: u32,
}

/// Scans peaks as they come; for a fingerprint as a whole there is [`Recognizer::scan`].
#[derive(Debug)]
pub struct Scanner<'a> {
    recognizer: &'a Recognizer,
    buckets: Option<Vec<String>>,
    options: ScanOptions,
    /// The search of a window: lower threshold than asked for.
    search: SearchOptions,
    /// Peaks of the last windows.
    peaks: VecDeque<Peak>,
    /// Where the next window starts.
    window_ms: u64,
    /// Where the last window that was searched ends.
    searched_ms: u64,
    open: Vec<Open>,
    /// Closed spans that wait for those that overlap them.
    closed: Vec<Span>,
}

/// A span that may grow.
#[derive(Debug)]
struct Open {
    span: Span,
    /// Query and track time in the middle of the first window, and of the last.
    first: (f64, f64),
    last: (f64, f64),
    /// The speed that the last window found.
    time_factor: f64,
}

impl Recognizer {
    /// Says what plays when in a long recording, in order of time. `progress` is told how many milliseconds are done.
    #[must_use]
    pub fn scan(
        &self,
        buckets: Option<&[&str]>,
        recording: &Fingerprint,
        options: ScanOptions,
        progress: &mut dyn FnMut(u64),
    ) -> Vec<Span> {
        let mut scanner = Scanner::new(self, buckets, options);
        let mut spans = Vec::new();
        for peaks in recording.peaks().chunks(1024) {
            spans.extend(scanner.push(peaks));
            progress(scanner.searched_ms);
        }
        spans.extend(scanner.finish(recording.duration_ms()));
        progress(recording.duration_ms());
        spans.sort_by_key(|span| span.query_ms.start);
        spans
    }
}

impl<'a> Scanner<'a> {
    /// Starts a scan for the tracks of some buckets, or of all.
    #[must_use]
    pub fn new(recognizer: &'a Recognizer, buckets: Option<&[&str]>, options: ScanOptions) -> Self {
        let mut search = options.search;
        search.threshold *= options.support.clamp(0.0, 1.0);
        let buckets = buckets.map(|buckets| buckets.iter().map(|&bucket| bucket.to_owned()).collect());
        Self {
            recognizer,
            buckets,
            options: ScanOptions {
                hop_ms: options.hop_ms.max(1),
                window_ms: options.window_ms.max(FRAME_MS),
                ..options
            },
            search,
            peaks: VecDeque::new(),
            window_ms: 0,
            searched_ms: 0,
            open: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// Takes the next peaks, in order, and returns the spans that have ended.
    pub fn push(&mut self, peaks: &[Peak]) -> Vec<Span> {
        for &peak in peaks {
            // Peaks come in order: one after the window says that the window is complete.
            while start_ms(peak) >= self.window_ms + self.options.window_ms {
                self.next_window(start_ms(peak));
            }
            self.peaks.push_back(peak);
        }
        self.settled()
    }

    /// Ends the recording and returns the spans that were still open.
    pub fn finish(mut self, duration_ms: u64) -> Vec<Span> {
        while self.window_ms + self.options.window_ms <= duration_ms {
            self.next_window(duration_ms);
        }
        if duration_ms > self.searched_ms {
            // The last window is whole, too, and overlaps the one before more than others do.
            self.window(duration_ms.saturating_sub(self.options.window_ms)..duration_ms);
        }
        self.close_before(u64::MAX);
        self.settled()
    }

    /// Searches the next window; where there is nothing in it, goes on as far as `until_ms` allows.
    fn next_window(&mut self, until_ms: u64) {
        let ScanOptions { window_ms, hop_ms, .. } = self.options;
        self.window(self.window_ms..self.window_ms + window_ms);
        self.window_ms += hop_ms;
        let kept_from = self.window_ms.saturating_sub(hop_ms);
        while self.peaks.front().is_some_and(|&peak| start_ms(peak) < kept_from) {
            self.peaks.pop_front();
        }
        if self.peaks.is_empty() {
            let silent_ms = until_ms.saturating_sub(self.window_ms + window_ms);
            self.window_ms += silent_ms / hop_ms * hop_ms;
            self.searched_ms = self.searched_ms.max(self.window_ms);
        }
    }

    fn window(&mut self, range_ms: Range<u64>) {
        self.searched_ms = range_ms.end;
        let first_frame = range_ms.start / FRAME_MS;
        let peaks: Vec<Peak> = self
            .peaks
            .iter()
            .filter(|&&peak| range_ms.contains(&start_ms(peak)))
            .map(|&peak| Peak { frame: peak.frame - first_frame as u32, ..peak })
            .collect();
        if !peaks.is_empty() {
            let start_ms = first_frame * FRAME_MS;
            let query = Fingerprint::from_peaks(peaks, range_ms.end - start_ms);
            let buckets: Option<Vec<&str>> = self.buckets.as_ref().map(|b| b.iter().map(String::as_str).collect());
            for found in self.recognizer.identify(buckets.as_deref(), &query, &self.search) {
                self.take(&found, start_ms);
            }
        }
        self.close_before(range_ms.start);
    }

    /// Adds a match of the window at `start_ms` to a span on its line, or begins one.
    fn take(&mut self, found: &Found, start_ms: u64) {
        let hit = &found.hit;
        let middle_ms = (hit.query_ms.start + hit.query_ms.end) as f64 / 2.0;
        let here = (start_ms as f64 + middle_ms, hit.track_time_ms(middle_ms));
        let query_ms = hit.query_ms.start + start_ms..hit.query_ms.end + start_ms;
        let (gap_ms_max, slack_ms) = (self.options.gap_ms_max, self.options.slack_ms as f64);
        let matching = self.open.iter_mut().find(|open| {
            let since_ms = here.0 - open.last.0;
            let expected = open.last.1 + since_ms * open.time_factor;
            let is_near = query_ms.start <= open.span.query_ms.end + gap_ms_max;
            open.span.track.key == found.track.key
                && is_near
                && (expected - here.1).abs() <= slack_ms + since_ms.abs() / 100.0
        });
        let Some(open) = matching else {
            let span = Span {
                track: found.track.clone(),
                score: hit.score,
                query_ms,
                track_ms: hit.track_ms.clone(),
                time_factor: hit.time_factor,
                pitch_factor: hit.pitch_factor,
                n_windows: 1,
            };
            self.open.push(Open { span, first: here, last: here, time_factor: hit.time_factor });
            return;
        };
        let span = &mut open.span;
        span.query_ms = span.query_ms.start.min(query_ms.start)..span.query_ms.end.max(query_ms.end);
        span.track_ms = span.track_ms.start.min(hit.track_ms.start)..span.track_ms.end.max(hit.track_ms.end);
        span.n_windows += 1;
        if hit.score > span.score {
            (span.score, span.time_factor, span.pitch_factor) = (hit.score, hit.time_factor, hit.pitch_factor);
        }
        (open.last, open.time_factor) = (here, hit.time_factor);
    }

    /// Closes the spans that no later window, from `window_ms` on, can add to.
    fn close_before(&mut self, window_ms: u64) {
        let gap_ms_max = self.options.gap_ms_max;
        let threshold = self.options.search.threshold;
        let is_over = |open: &mut Open| open.span.query_ms.end.saturating_add(gap_ms_max) < window_ms;
        for open in self.open.extract_if(.., is_over) {
            if open.span.score >= threshold {
                self.closed.push(open.closed());
            }
        }
    }

    /// Takes out the closed spans that no open one can overlap any more.
    fn settled(&mut self) -> Vec<Span> {
        let open_from_ms = self.open.iter().map(|open| open.span.query_ms.start).min().unwrap_or(u64::MAX);
        let is_echo: Vec<bool> =
            self.closed.iter().map(|span| self.closed.iter().any(|other| is_echo(span, other))).collect();
        let mut is_echo = is_echo.into_iter();
        self.closed.retain(|_| is_echo.next() != Some(true));
        let mut spans: Vec<Span> = self.closed.extract_if(.., |span| span.query_ms.end < open_from_ms).collect();
        spans.sort_by_key(|span| span.query_ms.start);
        spans
    }
}

impl Open {
    fn closed(self) -> Span {
        let mut span = self.span;
        let (query_ms, track_ms) = (self.last.0 - self.first.0, self.last.1 - self.first.1);
        if query_ms >= SPEED_SPAN_MS as f64 {
            span.time_factor = track_ms / query_ms;
        }
        span
    }
}

/// Says whether a span is a repeat in a track, a chorus, that was taken for what plays: at the same time the same track plays on another line
/// for longer.
fn is_echo(span: &Span, other: &Span) -> bool {
    let shared_ms =
        span.query_ms.end.min(other.query_ms.end).saturating_sub(span.query_ms.start.max(other.query_ms.start));
    let is_less = (span.n_windows, span.score) < (other.n_windows, other.score);
    span.track.key == other.track.key && is_less && shared_ms * 2 > span.query_ms.end - span.query_ms.start
}

fn start_ms(peak: Peak) -> u64 {
    u64::from(peak.frame) * FRAME_MS
}
