//! What a backend says: samples at its own rate, and when each sound is heard.

/// Words said in one breath.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub rate: u32,
    pub samples: Vec<f32>,
    /// In order, without overlap.
    pub sounds: Vec<Sound>,
}

/// One sound, its times in seconds from the first sample.
#[derive(Debug, Clone)]
pub(crate) struct Sound {
    /// In IPA.
    pub symbol: String,
    pub start: f64,
    pub end: f64,
    /// The index of the token it belongs to.
    pub word: usize,
    /// Whether it carries the main stress of its word.
    pub stressed: bool,
}

impl Said {
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, samples: Vec::new(), sounds: Vec::new() }
    }

    /// Returns the duration in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    /// Adds samples with sounds whose times count from the first of them.
    pub(crate) fn extend(&mut self, samples: &[f32], sounds: Vec<Sound>) {
        let shift = self.seconds();
        self.samples.extend_from_slice(samples);
        self.sounds.extend(sounds.into_iter().map(|sound| Sound {
            start: sound.start + shift,
            end: sound.end + shift,
            ..sound
        }));
    }

    /// Adds silence.
    pub(crate) fn silence(&mut self, ms: f32) {
        let n_samples = (f64::from(ms.max(0.0)) * f64::from(self.rate) / 1000.0).round() as usize;
        self.samples.resize(self.samples.len() + n_samples, 0.0);
    }
}
