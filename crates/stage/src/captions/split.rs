//! Chooses what is shown together, and where its lines break, with the least cost over a whole utterance.

use super::breaks::WORDS;
use super::cue::{Cue, CueRules, CueWord};
use super::pieces::Piece;

/// The cost of one more caption.
const CAPTION: f64 = 10.0;
/// A break between captions is worse than one between lines, which the eye takes in at once.
const BETWEEN_CAPTIONS: f64 = 6.0;
/// The cost of a second line.
const SECOND_LINE: f64 = 2.0;
/// The cost of lines of which one is empty and the other full; less in proportion.
const UNBALANCED: f64 = 8.0;
/// The cost of a lone word in a line, or as a caption while others wait.
const LONE_WORD: f64 = 12.0;
/// The cost of a caption that is shorter than it should be, in proportion to what is missing.
const TOO_SHORT: f64 = 20.0;
/// The cost of a sentence's end within a caption.
const INNER_SENTENCE: f64 = 9.0;
/// A pause that a caption should not span, and the cost if it does.
const PAUSE_MS: u32 = 800;
const PAUSE: f64 = 25.0;

/// Splits pieces, each of which fits a line, into captions.
pub(super) fn split(pieces: &[Piece], rules: &CueRules) -> Vec<Cue> {
    // best[n]: the least cost of the first n pieces, and where the last caption of them begins.
    let mut best: Vec<(f64, usize, usize)> = vec![(0.0, 0, 0)];
    for end in 1..=pieces.len() {
        let mut choice = (f64::INFINITY, end - 1, end);
        for start in (0..end).rev() {
            let group = &pieces[start..end];
            let Some((lines_cost, line_end)) = lines(group, rules) else {
                break;
            };
            let is_single = group.len() == 1;
            if !is_single && duration(group) > rules.longest_ms {
                break;
            }
            let cost = best[start].0 + lines_cost + caption_cost(group, end == pieces.len(), pieces.len(), rules);
            if cost < choice.0 {
                choice = (cost, start, start + line_end);
            }
        }
        best.push(choice);
    }
    let mut cues = Vec::new();
    let mut end = pieces.len();
    while end > 0 {
        let (_, start, line_end) = best[end];
        cues.push(cue(&pieces[start..line_end], &pieces[line_end..end]));
        end = start;
    }
    cues.reverse();
    cues
}

fn duration(group: &[Piece]) -> u32 {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return 0;
    };
    last.word.end_ms.saturating_sub(first.word.start_ms)
}

/// Finds the best lines for a group: their cost, and how many pieces are in the first. None if they don't fit.
fn lines(group: &[Piece], rules: &CueRules) -> Option<(f64, usize)> {
    let limit = f64::from(rules.line_chars);
    if line_width(group) <= limit {
        return Some((0.0, group.len()));
    }
    if rules.lines < 2 {
        // A single piece is let through, however wide: nothing narrower can be made of it.
        return (group.len() == 1).then_some((0.0, 1));
    }
    let mut best: Option<(f64, usize)> = None;
    for at in 1..group.len() {
        let (first, second) = group.split_at(at);
        let (upper, lower) = (line_width(first), line_width(second));
        if upper > limit || lower > limit {
            continue;
        }
        let n_lone = usize::from(first.len() == 1) + usize::from(second.len() == 1);
        let cost = SECOND_LINE
            + first[at - 1].break_cost
            + UNBALANCED * (upper - lower).abs() / limit
            + LONE_WORD * n_lone as f64;
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, at));
        }
    }
    best.or((group.len() == 1).then_some((0.0, 1)))
}

fn line_width(line: &[Piece]) -> f64 {
    let spaces = line.iter().skip(1).filter(|piece| !piece.word.is_glued).count();
    line.iter().map(|piece| piece.width).sum::<f64>() + spaces as f64
}

/// The cost of a caption apart from its lines.
fn caption_cost(group: &[Piece], is_last: bool, n_pieces: usize, rules: &CueRules) -> f64 {
    let Some((last, before)) = group.split_last() else {
        return 0.0;
    };
    let mut cost = CAPTION + if is_last { 0.0 } else { BETWEEN_CAPTIONS * last.break_cost };
    if group.len() == 1 && n_pieces > 1 && last.break_cost >= WORDS {
        cost += LONE_WORD;
    }
    let missing = rules.shortest_ms.saturating_sub(duration(group));
    cost += TOO_SHORT * f64::from(missing) / f64::from(rules.shortest_ms.max(1));
    cost += INNER_SENTENCE * before.iter().filter(|piece| piece.ends_sentence).count() as f64;
    let pauses = group.windows(2).filter(|pair| pair[1].word.start_ms.saturating_sub(pair[0].word.end_ms) > PAUSE_MS);
    cost + PAUSE * pauses.count() as f64
}

fn cue(first: &[Piece], second: &[Piece]) -> Cue {
    let words = |line: &[Piece]| line.iter().map(|piece| piece.word.clone()).collect::<Vec<CueWord>>();
    let lines: Vec<Vec<CueWord>> = [first, second].into_iter().filter(|line| !line.is_empty()).map(words).collect();
    let start_ms = lines.iter().flatten().next().map_or(0, |word| word.start_ms);
    let end_ms = lines.iter().flatten().map(|word| word.end_ms).max().unwrap_or(start_ms);
    Cue { start_ms, end_ms, lines }
}
