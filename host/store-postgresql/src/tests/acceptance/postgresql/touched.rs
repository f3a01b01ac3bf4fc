//! What the store in PostgreSQL has touched: the second member takes it, whose chore it is to compute.

use super::PostgreSql;
use crate::tests::acceptance::Touching;
use crate::tests::acceptance::state::touched_places;

impl Touching for PostgreSql {
    async fn take_touched(&mut self) -> Vec<(String, i64, i64)> {
        let (connection, lease) = self.chore().await;
        let transaction = connection.fenced(&lease).await.unwrap();
        let touched = transaction.take_touched(1_000).await.unwrap();
        transaction.commit().await.unwrap();
        touched_places(touched)
    }
}
