//! Joins spaces to the rooms of `[[insights.room]]`, and separates them.

use collector_model::room::RoomAddress;
use collector_model::space::SpaceId;
use serde_json::Value;
use toml::de::DeTable;
use toml_edit::{Array, DocumentMut, Item, Table};

use super::{ConfigFile, EditError, merge, root, section, text};

/// The path of the rooms' tables.
const ROOMS: &[&str] = &["insights", "room"];
const SPACES: &str = "spaces";

impl ConfigFile {
    /// Lets a room name a space; adds the room at the end of the file if it is not there. One that already names the space stays as it is.
    ///
    /// # Errors
    /// The rooms are written in a way that cannot be changed.
    pub fn join_space(&mut self, room: &RoomAddress, space: &SpaceId) -> Result<(), EditError> {
        let name = Value::from(space.to_string());
        self.rooms.insert(room.as_str().to_owned());
        self.refuse_inline_rooms()?;
        match self.room(room) {
            None => self.append_room(room, &name),
            Some((_, spaces)) if spaces.contains(&name) => Ok(()),
            Some((index, _)) => self.change_room(index, |table| add(table, &name)),
        }
    }

    /// Takes a space out of the spaces that a room names. The room's table goes too if it holds nothing else, not even a comment.
    ///
    /// # Errors
    /// The room does not name the space, or the rooms are written in a way that cannot be changed.
    pub fn separate_space(&mut self, room: &RoomAddress, space: &SpaceId) -> Result<(), EditError> {
        let name = space.to_string();
        let named = self
            .room(room)
            .filter(|(_, spaces)| spaces.iter().any(|other| *other == name.as_str()));
        let Some((index, _)) = named else {
            return Err(EditError::NotNamed {
                path: self.path.clone(),
                room: room.to_string(),
                space: name,
            });
        };
        self.rooms.insert(room.as_str().to_owned());
        self.refuse_inline_rooms()?;
        let mut is_bare = false;
        self.change_room(index, |table| {
            take(table, &name);
            is_bare = table.iter().all(|(key, _)| key == "address");
            Ok(())
        })?;
        let bare = |what| self.unsupported(what);
        if is_bare && !section::has_comment(&self.text, ROOMS, index).map_err(bare)? {
            self.text = section::remove(&self.text, ROOMS, index).map_err(bare)?;
        }
        Ok(())
    }

    /// The position of a room in the list, and the spaces that it names.
    fn room(&self, wanted: &RoomAddress) -> Option<(usize, Vec<Value>)> {
        let mut root = root(&self.text);
        let rooms = root.get_mut("insights")?.get_mut("room")?.as_array_mut()?;
        let index = rooms
            .iter()
            .position(|room| room_address(room).as_deref() == Some(wanted.as_str()))?;
        let spaces = rooms.get(index)?.get(SPACES).and_then(Value::as_array);
        Some((index, spaces.cloned().unwrap_or_default()))
    }

    fn append_room(&mut self, room: &RoomAddress, space: &Value) -> Result<(), EditError> {
        let written = |key, value: &Value| text::value(key, value).map_err(|what| self.unsupported(what));
        let added = format!(
            "[[insights.room]]\naddress = {}\nspaces = {}\n",
            written("address", &Value::from(room.as_str()))?,
            written(SPACES, &Value::from(vec![space.clone()]))?
        );
        let changed = section::append(&self.text, &added);
        if DeTable::parse(&changed).is_err() {
            return Err(self.unsupported("its `insights` cannot get another [[insights.room]]"));
        }
        self.text = changed;
        Ok(())
    }

    fn change_room(
        &mut self,
        index: usize,
        change: impl FnOnce(&mut Table) -> Result<(), String>,
    ) -> Result<(), EditError> {
        self.change_table(
            |document| {
                let insights = document.get_mut("insights").and_then(Item::as_table_mut)?;
                let rooms = insights.get_mut("room").and_then(Item::as_array_of_tables_mut)?;
                rooms.get_mut(index)
            },
            change,
        )
    }

    /// Refuses rooms that are a single value.
    fn refuse_inline_rooms(&self) -> Result<(), EditError> {
        let document: DocumentMut = self
            .text
            .parse()
            .map_err(|_| self.unsupported("its structure is not supported"))?;
        let supported = match document.get("insights") {
            None => true,
            Some(Item::Table(insights)) => {
                matches!(insights.get("room"), None | Some(Item::ArrayOfTables(_)))
            }
            Some(_) => false,
        };
        if supported {
            return Ok(());
        }
        Err(self.unsupported("its rooms are one inline list instead of [[insights.room]] tables"))
    }
}

/// The address of a room's table, in lower case.
pub(super) fn room_address(room: &Value) -> Option<String> {
    let address = room.get("address")?.as_str()?;
    Some(RoomAddress::new(address).as_str().to_owned())
}

/// Adds a space to a room's table. In a list with a line for each space it gets a line of its own.
fn add(table: &mut Table, space: &Value) -> Result<(), String> {
    let Some(spaces) = table.get_mut(SPACES).and_then(Item::as_array_mut) else {
        table.insert(
            SPACES,
            Item::Value(text::value(SPACES, &Value::from(vec![space.clone()]))?),
        );
        return Ok(());
    };
    let mut added = text::value(SPACES, space)?;
    end_with_comma(spaces);
    let last = spaces.len().checked_sub(1).and_then(|last| spaces.get(last));
    let before = last.map(|last| prefix(last).to_owned()).unwrap_or_default();
    let Some((_, indent)) = before.rsplit_once('\n') else {
        spaces.push(added);
        return Ok(());
    };
    // What is after the last comma on its line, a comment, stays there.
    let trailing = spaces.trailing().as_str().unwrap_or_default().to_owned();
    let (line, rest) = trailing.split_once('\n').unwrap_or_default();
    added.decor_mut().set_prefix(format!("{line}\n{indent}"));
    spaces.push_formatted(added);
    spaces.set_trailing(format!("\n{rest}"));
    Ok(())
}

/// Takes a space out of a room's table, and the list too if it holds nothing else.
fn take(table: &mut Table, space: &str) {
    let Some(spaces) = table.get_mut(SPACES).and_then(Item::as_array_mut) else {
        return;
    };
    end_with_comma(spaces);
    let at = spaces.iter().position(|other| other.as_str() == Some(space));
    if let Some(at) = at {
        let taken = spaces.remove(at);
        match spaces.get_mut(at) {
            Some(next) => {
                let joined = closed(prefix(&taken), prefix(next));
                next.decor_mut()
                    .set_prefix(joined.unwrap_or_else(|| prefix(&taken).to_owned()));
            }
            None => {
                let trailing = spaces.trailing().as_str().unwrap_or_default();
                if let Some(joined) = closed(prefix(&taken), trailing) {
                    spaces.set_trailing(joined);
                }
            }
        }
    }
    let is_bare = spaces.is_empty() && !spaces.to_string().contains('#');
    if is_bare && !merge::has_comment(table, SPACES) {
        table.remove(SPACES);
    }
}

/// Gives the last of a list with a line for each item a comma, as the others have.
fn end_with_comma(list: &mut Array) {
    let last = list.len().checked_sub(1).and_then(|last| list.get_mut(last));
    let Some(decor) = last.map(toml_edit::Value::decor_mut) else {
        return;
    };
    let suffix = decor
        .suffix()
        .and_then(|suffix| suffix.as_str())
        .unwrap_or_default();
    if suffix.contains('\n') {
        let suffix = suffix.to_owned();
        decor.set_suffix("");
        list.set_trailing(suffix);
        list.set_trailing_comma(true);
    }
}

/// What is before an item of a list: the rest of the line above, and the indentation.
fn prefix(item: &toml_edit::Value) -> &str {
    let prefix = item.decor().prefix().and_then(|prefix| prefix.as_str());
    prefix.unwrap_or_default()
}

/// What is between the items around one that was taken, given what was before and after it: what is on the line of the first stays there. None
/// if both were on one line.
fn closed(before: &str, after: &str) -> Option<String> {
    let (_, rest) = after.split_once('\n')?;
    let (line, _) = before.split_once('\n').unwrap_or_default();
    Some(format!("{line}\n{rest}"))
}
