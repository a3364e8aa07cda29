//! How alike two words are, by spelling and by sound.
//!
//! The sound key is in the manner of Metaphone, coarsened for the telephone band: voiced and unvoiced
//! consonants fall together, vowels count only at the start, so that "roaste" and "roast", "filtre" and
//! "filter", "ethiopian" and "ethiopia" meet.

/// The word without its plural: "bags" -> "bag", "boxes" -> "box", "pastries" -> "pastry".
pub fn stem(word: &str) -> String {
    let word = word.strip_suffix("'s").unwrap_or(word);
    if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") {
        return word.to_owned();
    }
    if let Some(root) = word.strip_suffix("ies") {
        return format!("{root}y");
    }
    for double in ["xes", "ches", "shes", "sses", "zes"] {
        if word.ends_with(double) {
            return word.strip_suffix("es").unwrap_or(word).to_owned();
        }
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// The key under which words that sound alike meet. Empty for words without consonants.
pub fn key(word: &str) -> String {
    let word = word
        .replace("tion", "xn")
        .replace("ght", "t")
        .replace("wh", "w")
        .replace("kn", "n");
    let letters: Vec<char> = word.chars().filter(char::is_ascii_alphabetic).collect();
    let mut out = String::new();
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let (sound, used) = sound_of(c, next, at == 0);
        if let Some(sound) = sound
            && !out.ends_with(sound)
        {
            out.push(sound);
        }
        at += used;
    }
    out
}

/// The sound of a letter before `next`, and how many letters it takes.
fn sound_of(c: char, next: char, first: bool) -> (Option<char>, usize) {
    match (c, next) {
        ('p', 'h') | ('g', 'h') if !first || c == 'p' => (Some('f'), 2),
        ('s', 'h') | ('c', 'h') => (Some('x'), 2),
        ('t', 'h') => (Some('0'), 2),
        ('c', 'k') => (Some('k'), 2),
        ('d', 'g') => (Some('x'), 2),
        ('c', 'e' | 'i' | 'y') => (Some('s'), 1),
        ('g', 'e' | 'i' | 'y') | ('j', _) => (Some('x'), 1),
        ('a' | 'e' | 'i' | 'o' | 'u', _) => (first.then_some('a'), 1),
        ('h' | 'w' | 'y', _) => (first.then_some(c), 1),
        ('b' | 'p', _) => (Some('p'), 1),
        ('d' | 't', _) => (Some('t'), 1),
        ('g' | 'k' | 'q' | 'c', _) => (Some('k'), 1),
        ('v' | 'f', _) => (Some('f'), 1),
        ('z' | 's' | 'x', _) => (Some('s'), 1),
        _ => (Some(c), 1),
    }
}

/// From 0 (unlike) to 1 (the same): the better of spelling and sound.
pub fn likeness(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    if stem(a) == stem(b) {
        return 0.97;
    }
    // Short words have too many neighbours: "tea" is not "ten".
    let shorter = a.len().min(b.len());
    if shorter < 4 || a.len().abs_diff(b.len()) > 3 {
        return 0.0;
    }
    #[expect(clippy::cast_possible_truncation)]
    let spelled = strsim::normalized_damerau_levenshtein(a, b) as f32;
    let (sound_a, sound_b) = (key(a), key(b));
    if sound_a == sound_b && sound_a.len() >= 2 && spelled >= 0.5 {
        return spelled.max(0.85);
    }
    if spelled >= 0.75 { spelled } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{key, likeness, stem};

    #[test]
    fn plurals_fall_away() {
        let stems = ["bags", "boxes", "pastries", "lattes", "glass", "tea", "barista's"].map(stem);
        assert_eq!(
            stems,
            ["bag", "box", "pastry", "latte", "glass", "tea", "barista"]
        );
    }

    #[test]
    fn words_that_sound_alike_share_a_key() {
        for (a, b) in [
            ("filter", "philter"),
            ("harbour", "harbor"),
            ("decaf", "dekaf"),
            ("espresso", "expresso"),
        ] {
            assert!(
                likeness(a, b) >= 0.8,
                "{a} {b}: {} {} {}",
                likeness(a, b),
                key(a),
                key(b)
            );
        }
        for (a, b) in [
            ("light", "dark"),
            ("tea", "ten"),
            ("large", "latte"),
            ("mocha", "medium"),
        ] {
            assert!(likeness(a, b) < 0.5, "{a} {b}");
        }
    }
}
