//! The values of SSML's `prosody` and `break`.

use super::markup::duration_ms;

/// Returns a factor of the rate: a word, a percentage or a number.
pub(super) fn rate(value: &str) -> Option<f32> {
    let factor = match value.trim() {
        "x-slow" => 0.5,
        "slow" => 0.75,
        "medium" | "default" => 1.0,
        "fast" => 1.25,
        "x-fast" => 1.75,
        value => match value.strip_suffix('%') {
            // "+10%" is relative, "110%" is not.
            Some(percent) if percent.starts_with(['+', '-']) => 1.0 + percent.parse::<f32>().ok()? / 100.0,
            Some(percent) => percent.parse::<f32>().ok()? / 100.0,
            None => value.parse::<f32>().ok()?,
        },
    };
    (factor.is_finite() && factor > 0.0).then_some(factor)
}

/// Returns a factor of the pitch: a word, half tones or a percentage. A pitch in Hz depends on the voice and is not known here.
pub(super) fn pitch(value: &str) -> Option<f32> {
    let factor = match value.trim() {
        "x-low" => 0.75,
        "low" => 0.87,
        "medium" | "default" => 1.0,
        "high" => 1.15,
        "x-high" => 1.35,
        value => match (value.strip_suffix("st"), value.strip_suffix('%')) {
            (Some(half_tones), _) => libm::exp2f(half_tones.trim().parse::<f32>().ok()? / 12.0),
            (_, Some(percent)) if percent.starts_with(['+', '-']) => 1.0 + percent.parse::<f32>().ok()? / 100.0,
            (_, Some(percent)) => percent.parse::<f32>().ok()? / 100.0,
            _ => return None,
        },
    };
    (factor.is_finite() && factor > 0.0).then_some(factor)
}

/// Returns decibels: a word, decibels or a level from 0 to 100.
pub(super) fn volume(value: &str) -> Option<f32> {
    let db = match value.trim() {
        "silent" => -120.0,
        "x-soft" => -12.0,
        "soft" => -6.0,
        "medium" | "default" => 0.0,
        "loud" => 4.0,
        "x-loud" => 6.0,
        value => match (value.strip_suffix("dB").or(value.strip_suffix("db")), value.strip_suffix('%')) {
            (Some(db), _) => db.trim().parse::<f32>().ok()?,
            (_, Some(percent)) if percent.starts_with(['+', '-']) => {
                level_db(1.0 + percent.parse::<f32>().ok()? / 100.0)
            }
            (_, Some(percent)) => level_db(percent.parse::<f32>().ok()? / 100.0),
            _ => level_db(value.parse::<f32>().ok()? / 100.0),
        },
    };
    db.is_finite().then(|| db.clamp(-120.0, 6.0))
}

fn level_db(level: f32) -> f32 {
    20.0 * libm::log10f(level.max(1e-6))
}

/// Returns the length of a `break`.
pub(super) fn break_ms(time: Option<&str>, strength: Option<&str>) -> f32 {
    let by_time = time.and_then(duration_ms);
    by_time.unwrap_or(match strength.map(str::trim) {
        Some("none") => 0.0,
        Some("x-weak") => 100.0,
        Some("weak") => 200.0,
        Some("strong") => 800.0,
        Some("x-strong") => 1200.0,
        _ => 500.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_as_words_and_numbers() {
        assert_eq!(rate("slow"), Some(0.75));
        assert_eq!(rate("150%"), Some(1.5));
        assert_eq!(rate("+50%"), Some(1.5));
        assert_eq!(rate("NaN"), None);
        assert_eq!(pitch("+12st"), Some(2.0));
        assert_eq!(pitch("200Hz"), None);
        assert_eq!(volume("-6dB"), Some(-6.0));
        assert_eq!(volume("100"), Some(0.0));
        assert_eq!(break_ms(Some("250ms"), None), 250.0);
        assert_eq!(break_ms(None, Some("strong")), 800.0);
    }
}
