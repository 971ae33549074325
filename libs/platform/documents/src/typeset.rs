//! Typst in this process. A document is a layout (constant) and a JSON file of values; it sees nothing else of the world.
//!
//! Pages and their margins are set apart: first the pages, then, when their number is known, the margins, which are laid over
//! them. Page numbers inside the pages would make Typst set them again until the numbers settle, which is half as slow again.

use std::sync::LazyLock;

use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic, SourceResult},
    foundations::{Bytes, Datetime, Duration, Smart},
    layout::Point,
    model::Document,
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::{Page, PagedDocument};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::{
    DocumentError,
    typeface::{BOOK, FONTS},
};

/// Intermediate results that the next document did not use again are forgotten: what all documents share (labels, headings) is
/// kept, and what belongs to one of them alone costs neither memory nor the time to look through it.
const FORGET_AFTER_DOCUMENTS: usize = 1;

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static LAYOUT_FILE: LazyLock<FileId> = LazyLock::new(|| file("/layout.typ"));
static VALUES_FILE: LazyLock<FileId> = LazyLock::new(|| file("/statement.json"));
static PAGES_FILE: LazyLock<FileId> = LazyLock::new(|| file("/pages.json"));
static STANDARDS: LazyLock<PdfStandards> =
    LazyLock::new(|| PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).expect("archival and accessible files go together"));

fn file(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("the path is constant and plain");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

/// How a document looks: Typst sources that read their values from `/statement.json`.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Everything inside the margins.
    pub(crate) pages: &'static str,
    /// Heads and feet: as many pages of the same size as `/pages.json` says. `None`: the margins are empty.
    pub(crate) margins: Option<&'static str>,
}

/// All that a layout can see.
struct Sheet {
    layout: Source,
    values: Bytes,
    pages: Bytes,
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
        if id == *VALUES_FILE {
            Ok(self.values.clone())
        } else if id == *PAGES_FILE {
            Ok(self.pages.clone())
        } else {
            Err(absent(id))
        }
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

/// Sets a document with the JSON `values` and writes the file. `ident` names it in errors and in the file's identifier.
pub(crate) fn pdf(ident: &str, layout: Layout, values: Vec<u8>) -> Result<Vec<u8>, DocumentError> {
    let file = set(layout, &Bytes::new(values)).and_then(|document| {
        let options = PdfOptions {
            ident: Smart::Custom(ident.to_owned()),
            creator: Smart::Custom(Some("Guildhall".to_owned())),
            standards: STANDARDS.clone(),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options)
    });
    typst::comemo::evict(FORGET_AFTER_DOCUMENTS);
    file.map_err(|complaints| DocumentError::Typesetter { ident: ident.to_owned(), reasons: joined(&complaints) })
}

fn set(layout: Layout, values: &Bytes) -> SourceResult<PagedDocument> {
    let sheet = |layout: &str, pages: usize| Sheet {
        layout: Source::new(*LAYOUT_FILE, layout.to_owned()),
        values: values.clone(),
        pages: Bytes::from_string(pages.to_string()),
    };
    let document = typst::compile::<PagedDocument>(&sheet(layout.pages, 0)).output?;
    let Some(margins) = layout.margins else { return Ok(document) };
    let margins = typst::compile::<PagedDocument>(&sheet(margins, document.pages().len())).output?;
    let over = |(page, margin): (&Page, &Page)| {
        let mut page = page.clone();
        page.frame.push_frame(Point::zero(), margin.frame.clone());
        page
    };
    let pages = document.pages().iter().zip(margins.pages()).map(over).collect();
    Ok(PagedDocument::new(pages, document.info().clone()))
}

fn joined(complaints: &[SourceDiagnostic]) -> String {
    complaints.iter().map(|complaint| complaint.message.as_str()).collect::<Vec<_>>().join("; ")
}
