//! What a file is, by its bytes: who sends it may say what they like. The first bytes name the format, and the header holds
//! the size in pixels, so a file that only begins like a picture is none.

/// The types of pictures that are taken, as in HTTP.
pub const PICTURE_TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// The most pixels of a side.
const LONGEST_SIDE: u32 = 20_000;

/// What the bytes of a picture say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its type, as in HTTP.
    pub content_type: &'static str,
    /// How files of it end.
    pub extension: &'static str,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
}

impl Picture {
    /// What these bytes are, if a picture of a type that is taken.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (content_type, extension, (width, height)) = if bytes.starts_with(b"\xff\xd8\xff") {
            ("image/jpeg", "jpg", jpeg(bytes)?)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("image/png", "png", png(bytes)?)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            ("image/webp", "webp", webp(bytes)?)
        } else {
            return None;
        };
        let side = |pixels: u32| i32::try_from(pixels).ok().filter(|_| (1..=LONGEST_SIDE).contains(&pixels));
        Some(Self { content_type, extension, width: side(width)?, height: side(height)? })
    }
}

/// Big-endian digits.
fn big(bytes: &[u8], at: usize, size: usize) -> Option<u32> {
    Some(bytes.get(at..at + size)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// Little-endian digits.
fn little(bytes: &[u8], at: usize, size: usize) -> Option<u32> {
    Some(bytes.get(at..at + size)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// The first chunk is the header.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some((big(bytes, 16, 4)?, big(bytes, 20, 4)?))
}

/// One segment after the other, until a frame's header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else { return None };
        match marker {
            0xff => at += 1, // filling
            // Frames of all kinds; those left out are tables
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?)),
            0xd9 | 0xda => return None, // the picture itself begins, or ends, before any header
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = usize::try_from(big(bytes, at + 2, 2)?).ok().filter(|length| *length >= 2)?;
                at += 2 + length;
            }
        }
    }
}

/// Lossy, lossless, or extended: each says its size at a place of its own.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => {
            (bytes.get(23..26)? == b"\x9d\x01\x2a").then_some(())?;
            Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff))
        }
        b"VP8L" => {
            (bytes.get(20)? == &0x2f).then_some(())?;
            let packed = little(bytes, 21, 4)?;
            Some((1 + (packed & 0x3fff), 1 + (packed >> 14 & 0x3fff)))
        }
        b"VP8X" => Some((1 + little(bytes, 24, 3)?, 1 + little(bytes, 27, 3)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(bytes: &[u8]) -> Option<(&'static str, i32, i32)> {
        Picture::of(bytes).map(|picture| (picture.content_type, picture.width, picture.height))
    }

    #[test]
    fn pictures_are_known_by_their_bytes_and_their_size_is_read() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0";
        assert_eq!(size(png), Some(("image/png", 640, 480)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc4\0\x04\0\0\xff\xff\xc2\0\x11\x08\x01\xe0\x02\x80\x03";
        assert_eq!(size(jpeg), Some(("image/jpeg", 640, 480)));
        let lossy = b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\x01\0\x9d\x01\x2a\x80\x02\xe0\x01";
        assert_eq!(size(lossy), Some(("image/webp", 640, 480)));
        let lossless = b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f\x7f\xc2\x77\0";
        assert_eq!(size(lossless), Some(("image/webp", 640, 480)));
        let extended = b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(size(extended), Some(("image/webp", 640, 480)));
    }

    #[test]
    fn what_only_begins_like_a_picture_is_none() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>";
        let cut_off: [&[u8]; 6] =
            [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"GIF89a\x01\0\x01\0", b"\xff\xd8\xff\xe0\0\0\xff\xda"];
        for wrong in cut_off.into_iter().chain([svg.as_slice()]) {
            assert_eq!(size(wrong), None, "{wrong:?}");
        }
        let without_size = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\x01\xe0\x08\x02\0\0\0";
        assert_eq!(size(without_size), None);
    }
}
