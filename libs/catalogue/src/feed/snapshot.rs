//! Everything that is for sale, in one download.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use kernel::{Actor, Code, Permission, Refusal};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{bodies, version};
use crate::{Catalogue, CatalogueError, Channel};

/// Products that are read at once: what is held in memory besides the compressed bytes.
const PAGE: i64 = 500;
/// The largest snapshot, compressed: some 300,000 variants. Whoever sells more begins with the changes since 0, page by page.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A co-op's catalogue at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The version from which changes go on.
    pub version: i64,
    /// `{"version": …, "categories": […], "products": […]}`, each as in the changes, compressed with gzip.
    pub gzip: Vec<u8>,
}

impl Catalogue {
    /// Everything that is for sale on that channel, or on any, as it was at one moment. It is compressed as it is read, a page of
    /// products at a time, and sent after the transaction has ended: a slow reader holds nothing open.
    pub async fn snapshot(&self, actor: &Actor, channel: Option<Channel>) -> Result<Snapshot, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin_snapshot(&self.db, actor.coop).await?;
        let version = version(&tx, actor.coop).await?.version;
        let mut list = List::begin(version)?;
        for (_, body) in bodies::categories(&tx, actor.coop, None).await? {
            list.add(&body)?;
        }
        list.next_list("products")?;
        let mut after = Some(Uuid::nil());
        while let Some(last) = after {
            let (page, next) = bodies::products_after(&tx, actor.coop, channel, (last, PAGE)).await?;
            for body in page {
                list.add(&body)?;
            }
            if list.packed.get_ref().len() > MAX_BYTES {
                let sentence = "the catalogue is too large for one download; begin with the changes since 0, page by page";
                return Err(Refusal::new(Code::NotNow, sentence).into());
            }
            after = next;
        }
        tx.commit().await?;
        Ok(Snapshot { version, gzip: list.end()? })
    }
}

/// JSON that is compressed while it is written.
struct List {
    packed: GzEncoder<Vec<u8>>,
    is_empty: bool,
}

impl List {
    fn begin(version: i64) -> Result<Self, DbErr> {
        let mut list = Self { packed: GzEncoder::new(Vec::new(), Compression::default()), is_empty: true };
        list.write(&format!("{{\"version\":{version},\"categories\":["))?;
        Ok(list)
    }

    fn add(&mut self, body: &str) -> Result<(), DbErr> {
        if !self.is_empty {
            self.write(",\n")?;
        }
        self.is_empty = false;
        self.write(body)
    }

    fn next_list(&mut self, name: &str) -> Result<(), DbErr> {
        self.is_empty = true;
        self.write(&format!("],\"{name}\":["))
    }

    fn end(mut self) -> Result<Vec<u8>, DbErr> {
        self.write("]}")?;
        self.packed.finish().map_err(|error| DbErr::Custom(error.to_string()))
    }

    /// Memory takes whatever is written to it, but the encoder's signature does not know.
    fn write(&mut self, text: &str) -> Result<(), DbErr> {
        self.packed.write_all(text.as_bytes()).map_err(|error| DbErr::Custom(error.to_string()))
    }
}
