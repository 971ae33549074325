//! The fonts inside the program, and text that they can show.
//!
//! Libertinus Serif (SIL Open Font License) sets the page; DejaVu Sans Mono (Bitstream Vera licence) sets hashes and helps out
//! with scripts and signs that Libertinus lacks, Arabic among them. The licences lie beside the files in `fonts/`.

use std::sync::LazyLock;

use typst::{
    foundations::Bytes,
    layout::{Abs, Em},
    text::{Font, FontBook, FontInstance, FontVariations},
    utils::LazyHash,
};

static FILES: [&[u8]; 3] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Semibold.otf"),
    include_bytes!("../fonts/DejaVuSansMono.ttf"),
];

/// Stands for each character that no font here can draw.
const MISSING: char = '\u{fffd}';

/// A run of letters longer than this has no place to break, so it would leave its column.
const LONGEST_RUN: usize = 24;

/// Where an over-long run may break.
const BREAK: char = '\u{200b}';

/// The faces, parsed once.
pub(crate) static FONTS: LazyLock<Vec<Font>> =
    LazyLock::new(|| FILES.iter().map(|file| Font::new(Bytes::new(*file), 0).expect("the fonts in this crate can be read")).collect());

/// The same, ready to be measured.
static MEASURES: LazyLock<Vec<FontInstance>> = LazyLock::new(|| {
    let measured = |font: &Font| font.clone().instantiate(font.info().variant, Abs::pt(1.0), &FontVariations::default());
    FONTS.iter().map(measured).collect()
});

/// Their catalogue.
pub(crate) static BOOK: LazyLock<LazyHash<FontBook>> = LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

/// Text that can be set and archived: control characters and whatever else ends a line become spaces, what no font covers becomes `�`, and a run without
/// any space may break after every 24 characters.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut run = 0;
    for character in text.chars() {
        let shown = if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            ' '
        } else if covered(character) {
            character
        } else {
            MISSING
        };
        run = if shown.is_whitespace() { 0 } else { run + 1 };
        if run > LONGEST_RUN {
            clean.push(BREAK);
            run = 1;
        }
        clean.push(shown);
    }
    clean
}

/// At most how wide `text` is at a size of one point: the advances of its characters, and a little for what kerning and the
/// features of the layout may add.
pub(crate) fn width(text: &str) -> f64 {
    let advance = |character: char| {
        let drawn = MEASURES.iter().find_map(|font| font.x_advance(font.ttf().glyph_index(character)?.0));
        drawn.map_or(1.0, Em::get)
    };
    1.05 * text.chars().map(advance).sum::<f64>()
}

/// Can it be drawn, and may it stand in an archival file? Private-use characters and the byte order mark may not.
fn covered(character: char) -> bool {
    let barred = matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{f0000}'..);
    let draws = |font: &Font| font.info().coverage.contains(u32::from(character));
    !barred && FONTS.iter().any(draws)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_scripts_we_can_draw_stay_as_they_are() {
        for name in ["Ana Ferreira", "Łukasz Żak", "Ελένη", "Олена", "שלום", "محمد", "Nguyễn Thị Ánh"] {
            assert_eq!(clean(name), name);
        }
    }

    #[test]
    fn what_cannot_be_drawn_or_archived_is_replaced_visibly() {
        assert_eq!(clean("a\u{0}b\nc"), "a b c");
        assert_eq!(clean("陈\u{e000}\u{feff}"), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_line_separator_ends_no_line() {
        assert_eq!(clean("a\u{2028}b\u{2029}c\u{85}d"), "a b c d");
    }

    #[test]
    fn width_grows_with_every_letter_and_takes_the_font_that_draws_it() {
        let arabic = width("محمد") / 4.0;
        assert!(width("") < width("i") && width("i") < width("m") && width("mm") > 1.99 * width("m"));
        assert!((0.60..0.65).contains(&arabic), "the letters of a fixed pitch are {arabic} em wide");
    }

    #[test]
    fn a_word_without_end_may_break() {
        let clean = clean(&"x".repeat(60));
        assert!(clean.split(BREAK).all(|run| run.len() <= LONGEST_RUN));
        assert_eq!(clean.replace(BREAK, ""), "x".repeat(60));
    }
}
