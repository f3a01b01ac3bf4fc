//! Graph's errors for one calendar, row by row: the room's outcome, the meaning, and the advice; the other rooms are collected.

use std::sync::LazyLock;

use e2e::{Ended, calendar_of};
use graph_sim::{Fault, Mailbox, Refusal, Simulator, when};

use crate::case::Area;
use crate::setting::{address, collect, tenant};

const ERRORS: &str = "Microsoft Graph error responses";

/// One answer of Graph and what is made of it.
struct Row {
    status: u16,
    code: &'static str,
    message: &'static str,
    outcome: &'static str,
    meaning: &'static str,
    advice: &'static str,
    recorded: &'static str,
}

const fn row(
    (status, code, message): (u16, &'static str, &'static str),
    outcome: &'static str,
    meaning: &'static str,
    advice: &'static str,
    recorded: &'static str,
) -> Row {
    Row {
        status,
        code,
        message,
        outcome,
        meaning,
        advice,
        recorded,
    }
}

/// What passes is waited for instead, and stands in the area of throttling.
const ROWS: [Row; 25] = [
    row(
        (
            400,
            "ErrorInvalidRequest",
            "Your request can't be completed. The range between the start and end dates is greater than the allowed range.",
        ),
        "failed",
        "Graph does not accept the request",
        "longer than 1,825 days",
        ERRORS,
    ),
    row(
        (
            400,
            "ErrorInvalidUrlQuery",
            "The '$top' parameter is not supported.",
        ),
        "failed",
        "Graph does not accept a query option",
        "Update the connector",
        "event: delta",
    ),
    row(
        (401, "InvalidAuthenticationToken", "Access token has expired."),
        "refused",
        "Graph does not accept the token",
        "this machine's clock",
        "corso (graph errors)",
    ),
    row(
        (401, "AuthenticationError", "Error authenticating with resource"),
        "refused",
        "no licence, a blocked account, or a token of another cloud",
        "Enterprise applications",
        "corso (graph errors)",
    ),
    row(
        (403, "AuthenticationError", "Error authenticating with resource"),
        "refused",
        "no licence, a blocked account, or a token of another cloud",
        "Enterprise applications",
        "corso (graph errors)",
    ),
    row(
        (
            403,
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        ),
        "refused",
        "consent is missing, or its scope leaves it out",
        "Grant the application permission Calendars.Read",
        "Role Based Access Control for Applications in Exchange Online",
    ),
    row(
        (
            403,
            "ErrorAccessDenied",
            "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.",
        ),
        "refused",
        "an application access policy keeps the application from this mailbox",
        "Get-ApplicationAccessPolicy",
        "Limiting application permissions to specific Exchange Online mailboxes",
    ),
    row(
        (403, "ErrorAccessDenied", "Access to OData is disabled."),
        "refused",
        "the organization's list of allowed user agents, or a policy",
        "EwsAllowList",
        "msgraph-sdk-javascript #252",
    ),
    row(
        (
            403,
            "ExtensionError",
            "Operation: Create; Exception: [Status Code: Forbidden]",
        ),
        "refused",
        "a policy keeps the application from this mailbox",
        "Get-ApplicationAccessPolicy",
        "msgraph-sdk-java #510",
    ),
    row(
        (
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ),
        "refused",
        "lacks a directory permission",
        "Directory.Read.All",
        ERRORS,
    ),
    row(
        (
            404,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        ),
        "missing",
        "the calendar is gone",
        "Get-MailboxFolderStatistics",
        ERRORS,
    ),
    row(
        (
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        ),
        "missing",
        "the mailbox is not in Exchange Online: unlicensed, deleted, on premises, or very new",
        "Get-Mailbox",
        "Microsoft Q&A 1457213",
    ),
    row(
        (404, "ErrorInvalidUser", "The requested user 'x' is invalid."),
        "missing",
        "there is no mailbox of this address",
        "a distribution list has no calendar",
        "Microsoft Q&A 1055547",
    ),
    row(
        (404, "ResourceNotFound", "User not found"),
        "missing",
        "there is no mailbox of this address",
        "Get-Mailbox",
        "corso (graph errors)",
    ),
    row(
        (404, "Request_ResourceNotFound", "Resource 'x' does not exist."),
        "missing",
        "the directory has nothing with this address",
        "Get-Mailbox",
        "corso (graph errors)",
    ),
    row(
        (
            410,
            "SyncStateNotFound",
            "The sync state generation is not found.",
        ),
        "failed",
        "Graph has forgotten where the last reading ended",
        "the next pass reads everything",
        "microsoft-graph-docs #2350",
    ),
    row(
        (410, "ResyncRequired", "Resync required."),
        "failed",
        "Graph wants everything to be read again",
        "the next pass reads everything",
        "Use delta query to track changes",
    ),
    row(
        (400, "SyncStateInvalid", "The sync state is invalid."),
        "failed",
        "Graph has forgotten where the last reading ended",
        "the next pass reads everything",
        "corso (graph errors)",
    ),
    row(
        (500, "ErrorCorruptData", "Data is corrupt."),
        "failed",
        "an item in the mailbox is damaged",
        "New-MailboxRepairRequest",
        "corso (graph errors)",
    ),
    row(
        (501, "NotImplemented", "Unsupported target."),
        "failed",
        "this cloud does not offer what was asked",
        "Check the setting cloud",
        "Microsoft cloud deployments",
    ),
    row(
        (
            404,
            "UnknownError",
            r#"{"code":"invalid_place","message":"place in x not found","target":null}"#,
        ),
        "missing",
        "Places has nothing with this address",
        "Get-DistributionGroup -RecipientTypeDetails RoomList",
        "microsoft-graph-docs #7532",
    ),
    row(
        (403, "", ""),
        "refused",
        "the application may not do this",
        "Grant the permissions with admin consent",
        "Combine multiple requests using JSON batching",
    ),
    row(
        (404, "", ""),
        "missing",
        "there is nothing at this address",
        "Check the address in Exchange",
        "Combine multiple requests using JSON batching",
    ),
    row(
        (404, "NotFound", "Something new."),
        "missing",
        "there is nothing at this address",
        "Check the address in Exchange",
        ERRORS,
    ),
    row(
        (500, "", ""),
        "failed",
        "Graph had a fault",
        "the next pass collects it again",
        ERRORS,
    ),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Errors of Graph");
    for (number, row) in ROWS.iter().enumerate() {
        let code = if row.code.is_empty() {
            "without a code"
        } else {
            row.code
        };
        let of_which = match row.message {
            message if message.contains("[RAOP]") => " with RAOP in its message",
            "Access to OData is disabled." => " with OData in its message",
            _ => "",
        };
        area = area.case(
            format!(
                "{} {code}{of_which}: the room is {}, {}",
                row.status, row.outcome, row.meaning
            ),
            row.recorded,
            move || told(number),
        );
    }
    area.case(
        "many rooms with one cause are one line",
        "Limiting application permissions to specific Exchange Online mailboxes",
        many_rooms_with_one_cause,
    )
}

/// One pass over a room for each row, and one that is well; all cases look at it.
static PASS: LazyLock<Ended> = LazyLock::new(|| {
    let simulator = Simulator::start(tenant(ROWS.len() + 1)).unwrap();
    for (number, row) in ROWS.iter().enumerate() {
        let fault = Fault::Error(row.status, row.code.to_owned(), row.message.to_owned());
        simulator.inject(when(&calendar_of(&address(number + 1))).inner().then(fault));
    }
    collect(&simulator)
});

fn told(number: usize) {
    let Row {
        status,
        outcome,
        meaning,
        advice,
        ..
    } = ROWS[number];
    let ended = &*PASS;
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert_eq!(ended.brief().unwrap(), ["room-000 2026-03-10T10:00 Meeting 0"]);
    let start = format!(
        "source \"contoso\": {}: {outcome}: calendar of the room: ",
        address(number + 1)
    );
    let said = ended.said(&start);
    assert_eq!(said.len(), 1, "{start}: {}", ended.stderr);
    assert!(said[0].contains(meaning), "{}", said[0]);
    assert!(said[0].contains(&format!("(HTTP {status}")), "{}", said[0]);
    // The advice comes after what was said.
    let (_, after) = said[0]
        .split_once("). ")
        .unwrap_or_else(|| panic!("no advice: {}", said[0]));
    assert!(after.contains(advice), "{}", said[0]);
}

fn many_rooms_with_one_cause() {
    let mut tenant = tenant(30);
    tenant
        .rooms_mut()
        .iter_mut()
        .skip(1)
        .for_each(|room| room.set_mailbox(Mailbox::Refused(Refusal::AccessPolicy)));
    let ended = collect(&Simulator::start(tenant).unwrap());
    assert_eq!(ended.code, 3);
    let expected = "source \"contoso\": room-001@contoso.com, room-002@contoso.com, room-003@contoso.com, room-004@contoso.com, \
                    room-005@contoso.com and 24 more: refused: ";
    assert_eq!(ended.said(expected).len(), 1, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("contoso: rooms: 1 collected, 29 refused, 0 missing, 0 failed\n"),
        "{}",
        ended.stderr
    );
}
