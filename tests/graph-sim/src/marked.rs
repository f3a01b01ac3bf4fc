//! Meetings that can be recognised wherever a part of them turns up, for tests of privacy.

use serde_json::json;

use crate::event::Event;

impl Event {
    /// Puts `marker` into everything about a meeting but its subject: body and preview, organizer, attendees, places,
    /// categories, links. Clients that select nothing and clients of a delta get to see it.
    ///
    /// ```
    /// # use graph_sim::Event;
    /// let talk = Event::new("SECRET-1", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z").private().marked("SECRET-2");
    /// ```
    #[must_use]
    pub fn marked(self, marker: &str) -> Self {
        let address = format!("{marker}@marked.example");
        let link = format!("https://marked.example/{marker}");
        let place = json!({"displayName": marker, "locationUri": address, "locationType": "default",
            "uniqueId": marker, "uniqueIdType": "private",
            "address": {"street": marker, "city": marker, "state": "", "countryOrRegion": "", "postalCode": ""},
            "coordinates": {}});
        self.body(marker)
            .organizer(marker, &address)
            .with(
                "attendees",
                json!([{"type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
                    "emailAddress": {"name": marker, "address": address}}]),
            )
            .with("location", place.clone())
            .with("locations", json!([place]))
            .with("categories", json!([marker]))
            .with("transactionId", json!(marker))
            .with("webLink", json!(link))
            .with("onlineMeetingUrl", json!(link))
            .with("onlineMeeting", json!({"joinUrl": link, "conferenceId": marker}))
    }
}
