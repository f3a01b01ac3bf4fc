//! The pages of the login service: plain forms that work without scripts, with escaped content.

use crate::account::Account;
use crate::answer::Answer;
use crate::app::{App, DELEGATED, NAME};
use crate::tenant::Tenant;

/// The page for picking an account: a button for each, named `account`.
pub(crate) fn accounts(tenant: &Tenant) -> Answer {
    let buttons: String = tenant
        .accounts
        .iter()
        .map(|account| {
            let (address, name) = (escape(&account.address), escape(&account.name));
            format!(
                "<p>{name}<br><button name=\"account\" value=\"{address}\">Sign in as {address}</button></p>\n"
            )
        })
        .collect();
    page(
        200,
        "Pick an account",
        &format!("<p>to continue to {NAME}</p>\n<form method=\"post\">\n{buttons}</form>"),
    )
}

/// The page on which an administrator accepts or cancels: buttons named `decision`.
pub(crate) fn permissions(account: &Account, app: &App) -> Answer {
    let items: String = app
        .roles
        .iter()
        .map(String::as_str)
        .chain(DELEGATED)
        .map(|permission| format!("<li>{} ({})</li>\n", meaning(permission), escape(permission)))
        .collect();
    let address = escape(&account.address);
    page(
        200,
        "Permissions requested",
        &format!(
            "<p>{address}</p>\n<p>Review for your organization</p>\n<p>{NAME} ({}) would like to:</p>\n<ul>\n{items}</ul>\n\
             <p>If you accept, this app will get access to the specified resources for all users in your organization. \
             No one else will be prompted to review these permissions.</p>\n\
             <form method=\"post\">\n<input type=\"hidden\" name=\"account\" value=\"{address}\">\n\
             <button name=\"decision\" value=\"cancel\">Cancel</button>\n\
             <button name=\"decision\" value=\"accept\">Accept</button>\n</form>",
            escape(&app.client_id)
        ),
    )
}

/// The page for a user who cannot consent; its button returns to the application.
pub(crate) fn approval(account: &Account) -> Answer {
    let address = escape(&account.address);
    page(
        200,
        "Need admin approval",
        &format!(
            "<p>{address}</p>\n<p>{NAME} needs permission to access resources in your organization that only an admin can \
             grant. Please ask an admin to grant permission to this app before you can use it. (AADSTS90094)</p>\n\
             <p><a href=\"\">Have an admin account? Sign in with that account</a></p>\n\
             <form method=\"post\">\n<input type=\"hidden\" name=\"account\" value=\"{address}\">\n\
             <button name=\"decision\" value=\"cancel\">Return to the application without granting consent</button>\n</form>"
        ),
    )
}

/// The page that shows an error without a way back; `description` is the text with its code.
pub(crate) fn trouble(status: u16, description: &str) -> Answer {
    page(
        status,
        "Sign in",
        &format!(
            "<p>Sorry, but we're having trouble signing you in.</p>\n<p class=\"error\">{}</p>",
            escape(description)
        ),
    )
}

fn page(status: u16, title: &str, body: &str) -> Answer {
    let whole = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body {{ font-family: sans-serif; max-width: 34rem; margin: 3rem auto }} .error {{ white-space: pre-line }}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    );
    Answer::new(status, "text/html; charset=utf-8", whole)
        // No page needs scripts, and no content may become one.
        .header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
        .header("cache-control", "no-store, no-cache")
}

/// Text for an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// What the page says about a permission. Source: "Microsoft Graph permissions reference".
fn meaning(permission: &str) -> &'static str {
    match permission {
        "Calendars.Read" => "Read calendars in all mailboxes",
        "CallRecords.Read.All" => "Read all call records",
        "Directory.Read.All" => "Read directory data",
        "Place.Read.All" => "Read all company places",
        "User.Read" => "Sign in and read user profile",
        "User.Read.All" => "Read all users&#39; full profiles",
        _ => "Use a permission",
    }
}
