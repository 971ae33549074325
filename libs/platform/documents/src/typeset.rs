//! Typst in this process. A document is a layout (constant) and a JSON file of values; it sees nothing else of the world.

use std::sync::LazyLock;

use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::{
    DocumentError,
    typeface::{BOOK, FONTS},
};

/// Intermediate results that the last few documents did not use again are forgotten, so that memory stays bounded while
/// what all documents share (labels, headings) is kept.
const FORGET_AFTER_DOCUMENTS: usize = 3;

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static LAYOUT_FILE: LazyLock<FileId> = LazyLock::new(|| file("/layout.typ"));
static VALUES_FILE: LazyLock<FileId> = LazyLock::new(|| file("/statement.json"));
static STANDARDS: LazyLock<PdfStandards> =
    LazyLock::new(|| PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).expect("archival and accessible files go together"));

fn file(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("the path is constant and plain");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

/// All that a document can see.
struct Sheet {
    layout: Source,
    values: Bytes,
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        *LAYOUT_FILE
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == *LAYOUT_FILE { Ok(self.layout.clone()) } else { Err(absent(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == *VALUES_FILE { Ok(self.values.clone()) } else { Err(absent(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    /// No document knows what day it is: the date of issue is one of its values.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

/// Sets `layout` with the JSON `values` and writes the file. `ident` names the document in errors and in the file's identifier.
pub(crate) fn pdf(ident: &str, layout: &str, values: Vec<u8>) -> Result<Vec<u8>, DocumentError> {
    let sheet = Sheet { layout: Source::new(*LAYOUT_FILE, layout.to_owned()), values: Bytes::new(values) };
    let options = PdfOptions {
        ident: Smart::Custom(ident.to_owned()),
        creator: Smart::Custom(Some("Guildhall".to_owned())),
        standards: STANDARDS.clone(),
        ..PdfOptions::default()
    };
    let file = typst::compile::<PagedDocument>(&sheet).output.and_then(|document| typst_pdf::pdf(&document, &options));
    typst::comemo::evict(FORGET_AFTER_DOCUMENTS);
    file.map_err(|complaints| DocumentError::Typesetter { ident: ident.to_owned(), reasons: joined(&complaints) })
}

fn joined(complaints: &[SourceDiagnostic]) -> String {
    complaints.iter().map(|complaint| complaint.message.as_str()).collect::<Vec<_>>().join("; ")
}
