//! The iCalendar connector in the real program: feeds from a web server, to what the program prints and keeps.

mod grants;
mod meetings;
mod outcomes;

use e2e::{Pages, Workplace};

/// A configuration with a feed for each of these rooms, all on this server. The path of a feed holds its key.
fn configuration(origin: &str, rooms: &[&str], granted: &str) -> String {
    let mut text = format!(
        "[[source]]\nname = \"annex\"\nconnector = \"ics\"\n\
         [source.grants]\nhttp = [{granted}]\n\
         [source.settings]\ntime-zone = \"Europe/Berlin\"\nuser-agent = \"rooms@contoso.com\"\n"
    );
    for room in rooms {
        text.push_str(&format!(
            "[[source.settings.feeds]]\nroom = \"{room}@contoso.com\"\nname = \"The {room}\"\n\
             url = \"{origin}/KEY-1234/{room}.ics\"\ncapacity = 8\n"
        ));
    }
    text
}

/// A workplace whose feeds are on this server, which is granted.
fn workplace(server: &Pages, rooms: &[&str]) -> Workplace {
    let origin = server.origin();
    let text = configuration(&origin, rooms, &format!("\"{origin}\""));
    Workplace::new(&text, &["ics"]).unwrap()
}

/// The path of a room's feed.
fn path(room: &str) -> String {
    format!("/KEY-1234/{room}.ics")
}

/// A calendar with these components.
fn calendar(components: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{components}END:VCALENDAR\n").replace('\n', "\r\n")
}

/// A meeting from ten to eleven on Tuesday, 10 March 2026, in UTC.
fn sync(subject: &str) -> String {
    calendar(&format!(
        "BEGIN:VEVENT\nUID:sync\nDTSTART:20260310T100000Z\nDTEND:20260310T110000Z\nSUMMARY:{subject}\nEND:VEVENT\n"
    ))
}
