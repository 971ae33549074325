//! Texts as shops write them, made into ours.

use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

/// The longest handle of a product, in letters.
pub(crate) const MAX_HANDLE: usize = 120;

/// A name for addresses: lower case letters and digits of ASCII, parts joined by single hyphens. A text of other scripts alone
/// gets a name of its own that is always the same.
pub(crate) fn handle_of(text: &str) -> String {
    let mut handle = String::with_capacity(text.len());
    let letters = text.nfd().filter(|letter| !unicode_normalization::char::is_combining_mark(*letter));
    for letter in letters.flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => handle.push(letter),
            'ß' => handle.push_str("ss"),
            'ø' => handle.push('o'),
            'æ' => handle.push_str("ae"),
            'ł' => handle.push('l'),
            'đ' | 'ð' => handle.push('d'),
            '\'' | '’' => {}
            _ if handle.is_empty() || handle.ends_with('-') => {}
            _ => handle.push('-'),
        }
    }
    let short = handle.get(..MAX_HANDLE).unwrap_or(&handle).trim_end_matches('-');
    if short.is_empty() { format!("x-{}", &hex::encode(Sha256::digest(text.as_bytes()))[..12]) } else { short.to_owned() }
}

/// The words of a description in HTML: paragraphs become lines, everything else that is markup is left out. What was not
/// markup stays as it is.
pub(crate) fn words_of(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.trim().to_owned();
    }
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(next) = rest.find(['<', '&']) {
        words.push_str(&rest[..next]);
        rest = &rest[next..];
        rest = if rest.starts_with('<') { tag(rest, &mut words) } else { entity(rest, &mut words) };
    }
    words.push_str(rest);
    let mut lines: Vec<String> = words.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    lines.join("\n").trim().to_owned()
}

/// Goes past a tag; one that ends a line ends a line.
fn tag<'a>(rest: &'a str, words: &mut String) -> &'a str {
    let looks_like_one = rest[1..].starts_with(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, '/' | '!'));
    let Some(end) = rest.find('>').filter(|_| looks_like_one) else {
        words.push('<');
        return &rest[1..];
    };
    let inside = &rest[1..end];
    let name: String = inside.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let closes = inside.starts_with('/');
    match name.as_str() {
        "br" => words.push('\n'),
        "p" | "div" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => words.push_str(if closes { "\n\n" } else { "\n" }),
        "li" | "tr" => words.push_str(if closes { "" } else { "\n" }),
        // What is between these is no words
        "script" | "style" if !closes => {
            let close = format!("</{name}");
            let lower = rest.to_ascii_lowercase();
            return lower.find(&close).and_then(|at| lower[at..].find('>').map(|end| &rest[at + end + 1..])).unwrap_or("");
        }
        _ => {}
    }
    &rest[end + 1..]
}

/// Goes past an entity such as `&amp;`; an ampersand that begins none stays.
fn entity<'a>(rest: &'a str, words: &mut String) -> &'a str {
    /// The longest entity that is known here.
    const LONGEST: usize = 10;
    let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
    let known = end.and_then(|end| {
        let name = &rest[1..end];
        let letter = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            _ => {
                let digits = name.strip_prefix('#')?;
                let number = match digits.strip_prefix(['x', 'X']) {
                    Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                char::from_u32(number).filter(|letter| !letter.is_control())?
            }
        };
        Some((letter, &rest[end + 1..]))
    });
    let (letter, behind) = known.unwrap_or(('&', &rest[1..]));
    words.push(letter);
    behind
}

/// Yes or no, as spreadsheets write it. `None` for everything else.
pub(crate) fn yes(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Some(true),
        "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_has_the_letters_that_addresses_can_have() {
        for (text, handle) in [
            ("Stoneware Mug, speckled", "stoneware-mug-speckled"),
            ("  Crème brûlée № 5 ", "creme-brulee-5"),
            ("Ana's Straße", "anas-strasse"),
            ("Łukasz & Søn", "lukasz-son"),
            ("--", &handle_of("--")),
        ] {
            assert_eq!(handle_of(text), handle);
        }
        assert!(handle_of("陶器").starts_with("x-") && handle_of("陶器") != handle_of("磁器"));
        assert_eq!(handle_of(&"a".repeat(500)).len(), MAX_HANDLE);
    }

    #[test]
    fn of_html_only_the_words_stay() {
        for (html, words) in [
            ("plain words", "plain words"),
            ("<p>Hand <b>thrown</b> &amp; glazed.</p><p>Holds 300&nbsp;ml</p>", "Hand thrown & glazed.\n\nHolds 300 ml"),
            ("<ul><li>oak</li><li>ash</li></ul>", "oak\nash"),
            ("one<br/>two<BR>three", "one\ntwo\nthree"),
            ("<script>alert('<p>x</p>')</script>fine<style>p{}</style>", "fine"),
            ("3 < 4 & 5 > 2", "3 < 4 & 5 > 2"),
            ("&#8364;5 &#x20AC;6 &bogus; &#0;", "€5 €6 &bogus; &#0;"),
            ("<img src=x onerror=alert(1)>mug", "mug"),
            ("<p unclosed", "<p unclosed"),
        ] {
            assert_eq!(words_of(html), words, "{html}");
        }
    }
}
