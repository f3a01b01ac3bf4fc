//! Guides for limiting what the application may read, with commands for Exchange PowerShell made for these settings: RBAC for Applications,
//! and the older application access policy.
//!
//! Sources: "Role Based Access Control for Applications in Exchange Online", `New-ManagementScope`,
//! `New-ApplicationAccessPolicy`. A scope accepts a distribution group, and so a room list itself, with its direct
//! members; a policy accepts only a security group, which a room list is not. Values from settings are in single quotes, where PowerShell
//! expands nothing.

use crate::powershell::quoted;
use crate::settings;
use connector_sdk::{Guide, SettingsProblem, Step};

/// A placeholder for the client id, if the administrator has not given it yet.
const CLIENT_ID: &str = "CLIENT-ID";

/// Guides for limiting what the application with this client id may read, best first.
///
/// # Errors
/// What is wrong with the settings (a JSON object).
pub(crate) fn limits(settings: &str, client_id: Option<&str>) -> Result<Vec<Guide>, Vec<SettingsProblem>> {
    let lists = settings::parse(settings)?.room_lists;
    let client_id = quoted(client_id.unwrap_or(CLIENT_ID));
    Ok(vec![rbac(&lists, &client_id), policy(&lists, &client_id)])
}

fn rbac(lists: &[String], client_id: &str) -> Guide {
    let mut steps = vec![connect()];
    steps.extend(make_a_list(lists));
    steps.push(Step::run(
        "Make the application known to Exchange. Take the object id from Enterprise applications in Microsoft Entra, \
         not from App registrations, which shows a different id that does not work here.",
        format!(
            "New-ServicePrincipal -AppId {client_id} -ObjectId 'OBJECT-ID-FROM-ENTERPRISE-APPLICATIONS' -DisplayName 'Collector'"
        ),
    ));
    steps.push(Step::run(
        "Create a scope of the rooms in the room lists. Only direct members of the lists belong to it, not rooms of a \
         list inside a list. Rooms that you add to the lists later belong to it too; a new list does not.",
        format!(
            "{}\n\
             $filter = ($lists | ForEach-Object {{\n\
             \x20   $dn = (Get-DistributionGroup -Identity $_ -ErrorAction Stop).DistinguishedName\n\
             \x20   \"MemberOfGroup -eq '\" + $dn.Replace(\"'\", \"''\") + \"'\"\n\
             }}) -join ' -or '\n\
             New-ManagementScope -Name 'Collector rooms' -RecipientRestrictionFilter $filter",
            names(lists)
        ),
    ));
    steps.push(Step::run(
        "Grant Calendars.Read in that scope.",
        format!(
            "New-ManagementRoleAssignment -Name 'Collector calendars' -App {client_id} -Role 'Application Calendars.Read' \
             -CustomResourceScope 'Collector rooms'"
        ),
    ));
    steps.push(Step::say(
        "Remove the grant without a scope: in Microsoft Entra, Enterprise applications, this application, Permissions, \
         revoke the application permission Calendars.Read, and remove it from the App registration too, so that the \
         next consent does not restore it. While it is there, the application can read every mailbox: the two grants \
         add up, and the scope limits nothing.",
    ));
    steps.push(Step::run(
        "Test it with a room in the lists (InScope is True) and with a mailbox outside of them (False). The test shows \
         changes at once; for reading, they take effect after 30 minutes to two hours.",
        format!(
            "Test-ServicePrincipalAuthorization -Identity {client_id} -Resource 'ROOM'\n\
             Test-ServicePrincipalAuthorization -Identity {client_id} -Resource 'ANOTHER-MAILBOX'"
        ),
    ));
    steps.push(places_stay());
    Guide {
        title: "RBAC for Applications".to_owned(),
        description: "Exchange grants the application Calendars.Read for the rooms of the room lists, and Microsoft \
            Entra no longer for all mailboxes. The room lists themselves are the scope. This requires the Exchange role \
            Organization Management."
            .to_owned(),
        steps,
    }
}

fn policy(lists: &[String], client_id: &str) -> Guide {
    let mut steps = vec![connect()];
    steps.extend(make_a_list(lists));
    steps.push(Step::run(
        "Create a mail-enabled security group. A room list cannot be the policy's group: it is a distribution list.",
        "New-DistributionGroup -Name 'Collector rooms' -Type Security".to_owned(),
    ));
    steps.push(Step::run(
        "Add the rooms of the room lists to it. Run this again whenever a list changes: the group does not follow.",
        format!(
            "{}\n\
             $known = Get-DistributionGroupMember -Identity 'Collector rooms' -ResultSize Unlimited | ForEach-Object {{ $_.PrimarySmtpAddress }}\n\
             $lists | ForEach-Object {{ Get-DistributionGroupMember -Identity $_ -ResultSize Unlimited }} |\n\
             \x20   ForEach-Object {{ $_.PrimarySmtpAddress }} | Sort-Object -Unique | Where-Object {{ $known -notcontains $_ }} |\n\
             \x20   ForEach-Object {{ Add-DistributionGroupMember -Identity 'Collector rooms' -Member $_ }}",
            names(lists)
        ),
    ));
    steps.push(Step::run(
        "Restrict the application to the group.",
        format!(
            "New-ApplicationAccessPolicy -AppId {client_id} -PolicyScopeGroupId 'Collector rooms' -AccessRight RestrictAccess \
             -Description 'Collector: rooms only'"
        ),
    ));
    steps.push(Step::run(
        "Test it with each room (Granted) and with a mailbox outside the group (Denied). The policy can take up to an \
         hour to take effect.",
        format!(
            "Get-DistributionGroupMember -Identity 'Collector rooms' -ResultSize Unlimited |\n\
             \x20   ForEach-Object {{ Test-ApplicationAccessPolicy -Identity $_.PrimarySmtpAddress -AppId {client_id} }}\n\
             Test-ApplicationAccessPolicy -Identity 'ANOTHER-MAILBOX' -AppId {client_id}"
        ),
    ));
    steps.push(places_stay());
    Guide {
        title: "Application access policy".to_owned(),
        description: "The older way, which Microsoft has replaced by RBAC for Applications: the grant in Microsoft Entra \
            stays, and a policy blocks the application from all mailboxes outside of one security group."
            .to_owned(),
        steps,
    }
}

fn connect() -> Step {
    Step::run(
        "Connect to Exchange Online as an Exchange administrator, with PowerShell on any machine.",
        "Install-Module ExchangeOnlineManagement -Scope CurrentUser\nConnect-ExchangeOnline".to_owned(),
    )
}

/// The first step if the settings name no room list.
fn make_a_list(lists: &[String]) -> Option<Step> {
    lists.is_empty().then(|| {
        Step::run(
            "This source names no room list, so it reads every room of the tenant. Create a room list first, add the \
             rooms to it, and name it in the source's settings.",
            "New-DistributionGroup -Name 'Rooms' -RoomList\n\
             Add-DistributionGroupMember -Identity 'Rooms' -Member 'ROOM'"
                .to_owned(),
        )
    })
}

fn places_stay() -> Step {
    Step::say(
        "Place.Read.All and the directory permissions cannot be limited. The rooms of every list are still listed; \
         Exchange refuses the calendars of excluded rooms, and validation shows them as limited by policy.",
    )
}

/// The room lists, as a variable of the script.
fn names(lists: &[String]) -> String {
    let quoted_lists: Vec<String> = if lists.is_empty() {
        vec![quoted("Rooms")]
    } else {
        lists.iter().map(|list| quoted(list)).collect()
    };
    format!("$lists = @({})", quoted_lists.join(", "))
}

#[cfg(test)]
mod tests;
