use super::*;
use crate::script::{SETTINGS, with_lists};

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";

/// The guides for these lists; the first is RBAC for Applications, the second the access policy.
fn guides(settings: &str) -> [Guide; 2] {
    limits(settings, Some(CLIENT)).unwrap().try_into().unwrap()
}

/// All commands of a guide.
fn commands(guide: &Guide) -> String {
    let commands: Vec<&str> = guide
        .steps
        .iter()
        .filter_map(|step| step.commands.as_deref())
        .collect();
    commands.join("\n")
}

fn words(guide: &Guide) -> String {
    let words: Vec<&str> = guide.steps.iter().map(|step| step.text.as_str()).collect();
    words.join("\n")
}

#[test]
fn rbac_for_applications_scopes_calendars_to_the_room_lists() {
    let [rbac, _] = guides(&with_lists("hq@contoso.com, lab@contoso.com"));
    assert_eq!(rbac.title, "RBAC for Applications");
    assert_eq!(
        commands(&rbac),
        r#"Install-Module ExchangeOnlineManagement -Scope CurrentUser
Connect-ExchangeOnline
New-ServicePrincipal -AppId '11111111-2222-3333-4444-555555555555' -ObjectId 'OBJECT-ID-FROM-ENTERPRISE-APPLICATIONS' -DisplayName 'Collector'
$lists = @('hq@contoso.com', 'lab@contoso.com')
$filter = ($lists | ForEach-Object {
    $dn = (Get-DistributionGroup -Identity $_ -ErrorAction Stop).DistinguishedName
    "MemberOfGroup -eq '" + $dn.Replace("'", "''") + "'"
}) -join ' -or '
New-ManagementScope -Name 'Collector rooms' -RecipientRestrictionFilter $filter
New-ManagementRoleAssignment -Name 'Collector calendars' -App '11111111-2222-3333-4444-555555555555' -Role 'Application Calendars.Read' -CustomResourceScope 'Collector rooms'
Test-ServicePrincipalAuthorization -Identity '11111111-2222-3333-4444-555555555555' -Resource 'ROOM'
Test-ServicePrincipalAuthorization -Identity '11111111-2222-3333-4444-555555555555' -Resource 'ANOTHER-MAILBOX'"#
    );
    let words = words(&rbac);
    for part in [
        "from Enterprise applications in Microsoft Entra, not from App registrations",
        "Only direct members",
        "revoke the application permission Calendars.Read",
        "the two grants add up",
        "after 30 minutes to two hours",
        "Place.Read.All and the directory permissions cannot be limited",
        "limited by policy",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn the_unscoped_grant_goes_after_the_scoped_one_has_come_and_before_the_test() {
    let [rbac, _] = guides(&with_lists("hq@contoso.com"));
    let at = |part: &str| {
        let holds = |step: &Step| step.text.contains(part) || step.commands.iter().any(|c| c.contains(part));
        rbac.steps.iter().position(holds).unwrap()
    };
    assert!(at("New-ManagementRoleAssignment") < at("revoke the application permission"));
    assert!(at("revoke the application permission") < at("Test-ServicePrincipalAuthorization"));
}

#[test]
fn an_access_policy_takes_a_security_group_that_is_filled_from_the_room_lists() {
    let [_, policy] = guides(&with_lists("hq@contoso.com"));
    assert_eq!(
        commands(&policy),
        r#"Install-Module ExchangeOnlineManagement -Scope CurrentUser
Connect-ExchangeOnline
New-DistributionGroup -Name 'Collector rooms' -Type Security
$lists = @('hq@contoso.com')
$known = Get-DistributionGroupMember -Identity 'Collector rooms' -ResultSize Unlimited | ForEach-Object { $_.PrimarySmtpAddress }
$lists | ForEach-Object { Get-DistributionGroupMember -Identity $_ -ResultSize Unlimited } |
    ForEach-Object { $_.PrimarySmtpAddress } | Sort-Object -Unique | Where-Object { $known -notcontains $_ } |
    ForEach-Object { Add-DistributionGroupMember -Identity 'Collector rooms' -Member $_ }
New-ApplicationAccessPolicy -AppId '11111111-2222-3333-4444-555555555555' -PolicyScopeGroupId 'Collector rooms' -AccessRight RestrictAccess -Description 'Collector: rooms only'
Get-DistributionGroupMember -Identity 'Collector rooms' -ResultSize Unlimited |
    ForEach-Object { Test-ApplicationAccessPolicy -Identity $_.PrimarySmtpAddress -AppId '11111111-2222-3333-4444-555555555555' }
Test-ApplicationAccessPolicy -Identity 'ANOTHER-MAILBOX' -AppId '11111111-2222-3333-4444-555555555555'"#
    );
    let words = words(&policy);
    for part in [
        "A room list cannot be the policy's group: it is a distribution list.",
        "up to an hour",
        "Place.Read.All and the directory permissions cannot be limited",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn without_a_room_list_both_guides_begin_with_making_one() {
    for guide in guides(SETTINGS) {
        let second = &guide.steps[1];
        assert!(
            second.text.starts_with("This source names no room list"),
            "{}",
            second.text
        );
        assert!(
            second
                .commands
                .as_deref()
                .unwrap()
                .contains("New-DistributionGroup -Name 'Rooms' -RoomList")
        );
        assert!(commands(&guide).contains("$lists = @('Rooms')"));
    }
}

#[test]
fn what_is_given_stays_inside_its_quotes() {
    let lists = "o'neill@contoso.com, $(calc)@contoso.com";
    // The settings accept neither, but a guide must not rely on that: the client id contains parentheses.
    assert!(limits(&with_lists(lists), None).is_err());
    let [rbac, policy] = guides(&with_lists("o'neill@contoso.com, $x`n@contoso.com"));
    for guide in [&rbac, &policy] {
        assert!(commands(guide).contains("$lists = @('o''neill@contoso.com', '$x`n@contoso.com')"));
    }
    let guides = limits(&with_lists("hq@contoso.com"), Some("x'; $(calc) `n")).unwrap();
    for guide in guides {
        let commands = commands(&guide);
        assert!(commands.contains("-AppId 'x''; $(calc) `n'"), "{commands}");
        assert!(!commands.contains("'x'; "), "{commands}");
    }
}

#[test]
fn without_a_client_id_its_place_is_marked() {
    let guides = limits(&with_lists("hq@contoso.com"), None).unwrap();
    assert!(
        guides
            .iter()
            .all(|guide| commands(guide).contains("-AppId 'CLIENT-ID'"))
    );
}

#[test]
fn unusable_settings_have_no_guide() {
    assert_eq!(limits("{}", None).unwrap_err().len(), 2);
}
