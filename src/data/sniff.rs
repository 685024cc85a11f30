//! What a file is by its first bytes, whatever its name says: for messages about a file that is something else.

use std::fmt;

/// Text is looked at as far as this.
const HEAD: usize = 4096;
/// Names inside an archive are looked for as far as this.
const LISTING: usize = 1 << 20;

/// A kind of file that is met under another kind's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// One array of NumPy.
    Npy,
    /// Several arrays of NumPy.
    Npz,
    /// Objects of Python.
    Pickle,
    /// What `torch.save` writes.
    PyTorch,
    /// Weights by name.
    Safetensors,
    /// Other data formats of science.
    Hdf5,
    /// MATLAB's own.
    Matlab,
    /// A workbook of a spreadsheet.
    Spreadsheet,
    /// Any other ZIP archive.
    Zip,
    /// Compressed.
    Gzip,
    /// A picture or page, by its format's name.
    Picture(&'static str),
    /// A web page.
    WebPage,
    /// A few lines in place of a large file.
    LfsPointer,
    /// Text that is not UTF-8.
    Utf16,
}

impl Known {
    /// What can be done about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Npy => "give it a name that ends in .npy",
            Self::Npz => "save one of its arrays alone, with numpy.save",
            Self::Pickle => "save the array itself, with numpy.save",
            Self::PyTorch => "only files of this program can be read, which end in .safetensors",
            Self::Safetensors => "give it a name that ends in .safetensors, and open it as a network",
            Self::Hdf5 | Self::Matlab => "save the array with numpy.save, or as CSV",
            Self::Spreadsheet => "save the sheet as CSV",
            Self::Zip | Self::Gzip => "unpack it first",
            Self::Picture(_) => "for a target save it as PNG, with a name that ends in .png",
            Self::WebPage => "a login or download page was saved in place of the file; get the file itself",
            Self::LfsPointer => "get the file itself with git lfs pull",
            Self::Utf16 => "save it as UTF-8",
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Npy => "an .npy array of NumPy",
            Self::Npz => "an .npz archive of NumPy",
            Self::Pickle => "a pickle of Python",
            Self::PyTorch => "a PyTorch file (torch.save)",
            Self::Safetensors => "a safetensors file",
            Self::Hdf5 => "an HDF5 file",
            Self::Matlab => "a MATLAB file",
            Self::Spreadsheet => "a spreadsheet (Excel or OpenDocument)",
            Self::Zip => "a ZIP archive",
            Self::Gzip => "compressed with gzip",
            Self::Picture(format) => format,
            Self::WebPage => "a web page (HTML)",
            Self::LfsPointer => "a Git-LFS pointer, which only says where the file is",
            Self::Utf16 => "UTF-16 text",
        })
    }
}

/// What these bytes are, if they are one of the kinds that are often met under another name.
pub fn sniff(bytes: &[u8]) -> Option<Known> {
    /// The magic number that torch.save once wrote first, itself a pickle.
    const TORCH: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    let of = match bytes {
        _ if begins(b"\x93NUMPY") => Known::Npy,
        _ if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => in_zip(bytes),
        _ if begins(TORCH) => Known::PyTorch,
        [0x80, 2..=5, ..] => Known::Pickle,
        _ if begins(b"\x89HDF\r\n\x1a\n") => Known::Hdf5,
        _ if begins(b"MATLAB 5.0") => Known::Matlab,
        // The older format of Office.
        _ if begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Known::Spreadsheet,
        _ if begins(b"\x1f\x8b") => Known::Gzip,
        _ if begins(b"\x89PNG\r\n\x1a\n") => Known::Picture("a PNG picture"),
        _ if begins(b"\xff\xd8\xff") => Known::Picture("a JPEG picture"),
        _ if begins(b"GIF8") => Known::Picture("a GIF picture"),
        _ if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Known::Picture("a WebP picture"),
        _ if begins(b"II*\0") || begins(b"MM\0*") => Known::Picture("a TIFF picture"),
        _ if begins(b"BM") && bytes.get(6..10) == Some(&[0; 4]) => Known::Picture("a BMP picture"),
        [0, 0, 0, _, b'f', b't', b'y', b'p', ..] => Known::Picture("a picture or film (HEIC, AVIF or MP4)"),
        _ if begins(b"%PDF-") => Known::Picture("a PDF document"),
        _ if is_safetensors(bytes) => Known::Safetensors,
        _ => return in_text(bytes),
    };
    Some(of)
}

/// That a file is another kind than `expected`, as the rest of a sentence that starts with its name, where that can be
/// said.
pub fn mistaken(bytes: &[u8], expected: &str) -> Option<String> {
    let found = sniff(bytes)?;
    Some(format!("is not {expected}: it is {found}; {}", found.advice()))
}

/// Tells ZIP archives by the names of their first files, which stand uncompressed between them.
fn in_zip(bytes: &[u8]) -> Known {
    let head = &bytes[..bytes.len().min(LISTING)];
    let holds = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    if holds(b"/data.pkl") {
        Known::PyTorch
    } else if first_name(bytes).ends_with(b".npy") {
        Known::Npz
    } else if holds(b"xl/workbook") || holds(b"opendocument.spreadsheet") || holds(b"Index/Document.iwa") {
        Known::Spreadsheet
    } else {
        Known::Zip
    }
}

/// The name of the first file in a ZIP archive; empty where there is none.
fn first_name(zip: &[u8]) -> &[u8] {
    let length = zip.get(26..28).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    zip.get(30..30 + length).unwrap_or_default()
}

/// A length of eight bytes, then a JSON object of that length or more.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    let length = u64::from_le_bytes(*length);
    (2..100_000_000).contains(&length) && rest.starts_with(b"{\"")
}

fn in_text(bytes: &[u8]) -> Option<Known> {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Some(Known::Utf16);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = String::from_utf8_lossy(text.trim_ascii_start()).to_ascii_lowercase();
    if text.starts_with("version https://git-lfs") {
        Some(Known::LfsPointer)
    } else if is_web_page(&text) {
        Some(Known::WebPage)
    } else if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        Some(Known::Picture("an SVG picture"))
    } else {
        None
    }
}

/// Whether text in small letters begins as a web page does.
fn is_web_page(text: &str) -> bool {
    let page =
        |text: &str| ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| text.starts_with(tag));
    // XHTML has its declaration first, and a page may begin with a remark.
    let inside = ["<?xml", "<!--"].iter().any(|start| text.starts_with(start)) && text.contains("<html");
    page(text) || inside
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ZIP archive of one stored file, as far as its name.
    fn zip(name: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend([0; 22]);
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend([0; 2]);
        [&bytes, name.as_bytes(), content].concat()
    }

    #[test]
    fn files_are_told_by_their_bytes() {
        let cases: &[(&[u8], Option<Known>)] = &[
            (b"\x93NUMPY\x01\x00", Some(Known::Npy)),
            (&zip("a.npy", b"\x93NUMPY"), Some(Known::Npz)),
            (&zip("archive/data.pkl", b"\x80\x02"), Some(Known::PyTorch)),
            (&zip("[Content_Types].xml", b"...xl/workbook.xml"), Some(Known::Spreadsheet)),
            (&zip("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), Some(Known::Spreadsheet)),
            (&zip("readme", b""), Some(Known::Zip)),
            (b"\x80\x04\x95", Some(Known::Pickle)),
            (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80", Some(Known::PyTorch)),
            (b"\x1f\x8b\x08\x00", Some(Known::Gzip)),
            (b"\xff\xd8\xff\xe0", Some(Known::Picture("a JPEG picture"))),
            (b"\x10\0\0\0\0\0\0\0{\"a\":{}}", Some(Known::Safetensors)),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n", Some(Known::LfsPointer)),
            (b"\n <!DOCTYPE html>\n<html>", Some(Known::WebPage)),
            (b"<?xml version=\"1.0\"?><html>", Some(Known::WebPage)),
            (b"<?xml version=\"1.0\"?><svg>", Some(Known::Picture("an SVG picture"))),
            (b"\xff\xfe1\0,\0", Some(Known::Utf16)),
            (b"\0\0\0\x18ftypheic", Some(Known::Picture("a picture or film (HEIC, AVIF or MP4)"))),
            (b"1,2\n3,4", None),
            (b"a,b,ftyp\n1,2,3", None),
            (b"PK", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(sniff(bytes), *expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_said_continues_a_sentence() {
        let said = mistaken(b"<html>", "an .npy file").expect("a web page");
        assert!(said.starts_with("is not an .npy file: it is a web page (HTML); "), "{said}");
        assert_eq!(mistaken(b"1,2", "an .npy file"), None);
    }
}
