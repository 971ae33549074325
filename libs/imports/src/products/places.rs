//! Where stock lies: locations by name.

use std::collections::HashMap;

use db::statement;
use kernel::{CoopId, LocationId};
use sea_orm::{ConnectionTrait, DbErr};

use crate::ImportsError;

/// The open locations of a co-op.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// By name in lower case.
    by_name: HashMap<String, LocationId>,
    names: Vec<String>,
    /// Where units lie of which the file does not say.
    default: Option<LocationId>,
    /// The one place that a file has a name of its own for.
    alias: Option<String>,
}

const LOCATIONS: &str = "select location_id, name from location where coop_id = $1 and archived_at is null order by location_id";

/// The open location of that name, in upper or lower case.
pub async fn location_called(db: &impl ConnectionTrait, coop: CoopId, name: &str) -> Result<LocationId, ImportsError> {
    Places::of(db, coop).await?.called(name).map_err(ImportsError::Ask)
}

impl Places {
    pub(crate) async fn of(db: &impl ConnectionTrait, coop: CoopId) -> Result<Self, DbErr> {
        let mut places = Self::default();
        for row in db.query_all_raw(statement(LOCATIONS, [coop.0.into()])).await? {
            let name: String = row.try_get("", "name")?;
            places.by_name.insert(name.to_lowercase(), LocationId(row.try_get("", "location_id")?));
            places.names.push(name);
        }
        Ok(places)
    }

    /// Chooses where units lie of which the file does not say: at the location of that name or, without one, at the only
    /// location there is. `shelves` are the names that the file has for places.
    pub(crate) fn choose(&mut self, named: Option<&str>, shelves: &[&str]) -> Result<(), String> {
        if let Some(name) = named {
            self.default = Some(*self.by_name.get(&name.trim().to_lowercase()).ok_or_else(|| self.no_such(name))?);
        } else if let ([_], Some(only)) = (self.names.as_slice(), self.by_name.values().next()) {
            self.default = Some(*only);
        }
        if let ([shelf], Some(_)) = (shelves, self.default)
            && !self.by_name.contains_key(&shelf.to_lowercase())
        {
            self.alias = Some(shelf.to_lowercase());
        }
        shelves.iter().try_for_each(|shelf| self.called(shelf).map(drop))
    }

    /// The location of that name; where none is named, the one that was chosen.
    pub(crate) fn called(&self, name: &str) -> Result<LocationId, String> {
        let lower = name.trim().to_lowercase();
        let found = if lower.is_empty() || self.alias.as_ref() == Some(&lower) { self.default } else { self.by_name.get(&lower).copied() };
        found.ok_or_else(|| self.no_such(name))
    }

    fn no_such(&self, name: &str) -> String {
        let what =
            if name.is_empty() { "it does not say where its units lie".to_owned() } else { format!("there is no location {name:?}") };
        let cure = match self.names.as_slice() {
            [] => "the co-op has no location yet; make one, or import without stock".to_owned(),
            names => format!("there are {}; name one of them, or import without stock", names.join(", ")),
        };
        format!("{what}: {cure}")
    }
}
