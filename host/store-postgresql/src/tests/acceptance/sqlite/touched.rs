//! What the store in SQLite has touched.

use super::Sqlite;
use crate::tests::acceptance::Touching;
use crate::tests::acceptance::state::touched_places;

impl Touching for Sqlite {
    async fn take_touched(&mut self) -> Vec<(String, i64, i64)> {
        let touches = self.a.touched_after(0).unwrap();
        self.a.forget_touched(touches.last).unwrap();
        touched_places(touches.all)
    }
}
