//! Microsoft's codes: one row per code, with its meaning and what to do.

/// A code of Graph.
pub(crate) struct Known {
    /// As Graph writes it; empty for a row about a status alone.
    pub(crate) code: &'static str,
    /// Text that the message must contain for this row, or empty.
    pub(crate) says: &'static str,
    /// For rows without a code.
    pub(crate) status: u16,
    pub(crate) meaning: &'static str,
    pub(crate) advice: &'static str,
}

const fn known(code: &'static str, says: &'static str, meaning: &'static str, advice: &'static str) -> Known {
    Known {
        code,
        says,
        status: 0,
        meaning,
        advice,
    }
}

const fn bare(status: u16, meaning: &'static str, advice: &'static str) -> Known {
    Known {
        code: "",
        says: "",
        status,
        meaning,
        advice,
    }
}

const CONSENT: &str = "Grant the application permission Calendars.Read with admin consent in Microsoft Entra or, where \
    RBAC for Applications limits it, add this mailbox to its scope (Test-ServicePrincipalAuthorization checks). A change \
    of consent or policy can take up to two hours to reach every server.";
pub(crate) const USER_AGENT: &str = "Check Get-OrganizationConfig and Get-CASMailbox: if EwsApplicationAccessPolicy is \
    EnforceAllowList, add the user-agent of the settings to EwsAllowList; if it is EnforceBlockList, remove it from \
    EwsBlockList. Check Get-ApplicationAccessPolicy too. Changes can take up to two hours.";
const RAOP: &str = "Add the room to the mail-enabled security group of the policy (Get-ApplicationAccessPolicy names \
    it, Test-ApplicationAccessPolicy checks), or remove the room from the room list. Changes can take up to two hours.";
const LICENCE: &str = "Check that the address is a room mailbox in Exchange Online: Get-Mailbox. A mailbox on premises \
    or a deleted one cannot be read; a new one can take up to 48 hours.";
pub(crate) const CLOUD: &str = "Name it in the source's settings: cloud = \"us-gov\" (US Government, GCC High), \
    cloud = \"us-gov-dod\" (DoD) or cloud = \"china\"; the default is the global cloud, where GCC tenants live, too.";
const TENANT: &str = "Check the setting tenant for a typing error. If it is right, the tenant may live in another cloud: set \
    cloud = \"us-gov\", \"us-gov-dod\" or \"china\".";
const RESOURCE: &str = "Compare the setting cloud with where the tenant lives (\"global\", \"us-gov\", \"us-gov-dod\" or \"china\"): \
    each cloud has a Graph of its own.";
const LATER: &str = "Nothing, if it passes; the next pass collects it again.";

/// The first matching row wins, so rows with a text come before the row without.
pub(crate) static GRAPH: &[Known] = &[
    known(
        "ErrorAccessDenied",
        "[RAOP]",
        "an application access policy keeps the application from this mailbox",
        RAOP,
    ),
    known(
        "ErrorAccessDenied",
        "AccessPolicy",
        "an application access policy keeps the application from this mailbox",
        RAOP,
    ),
    known(
        "ErrorAccessDenied",
        "Access to OData is disabled",
        "the organization's list of allowed user agents, or a policy, keeps the application from this mailbox",
        USER_AGENT,
    ),
    known(
        "ErrorAccessDenied",
        "",
        "the application may not read this mailbox: consent is missing, or its scope leaves it out",
        CONSENT,
    ),
    known(
        "ExtensionError",
        "",
        "a policy keeps the application from this mailbox",
        RAOP,
    ),
    known(
        "Authorization_RequestDenied",
        "",
        "the application lacks a directory permission",
        "Grant Directory.Read.All, User.Read.All and Place.Read.All as application permissions with admin consent in \
            Microsoft Entra. That can take up to two hours to reach every server.",
    ),
    known(
        "AuthenticationError",
        "",
        "Graph does not accept the token for this: no licence, a blocked account, or a token of another cloud",
        "Check the setting cloud, and that the application is enabled in Enterprise applications.",
    ),
    known(
        "InvalidAuthenticationToken",
        "",
        "Graph does not accept the token: it is expired or made for another resource",
        "Check this machine's clock, and the setting cloud.",
    ),
    known(
        "ErrorInvalidRequest",
        "",
        "Graph does not accept the request",
        "If the window is longer than 1,825 days (five years), shorten it: Graph reads no more at once.",
    ),
    known(
        "ErrorInvalidUrlQuery",
        "",
        "Graph does not accept a query option of the request",
        "Update the connector; a proxy may have changed the address.",
    ),
    known(
        "ErrorItemNotFound",
        "",
        "the calendar is gone",
        "Check that the mailbox still has its calendar: Get-MailboxFolderStatistics.",
    ),
    known(
        "MailboxNotEnabledForRESTAPI",
        "",
        "the mailbox is not in Exchange Online: unlicensed, deleted, on premises, or very new",
        LICENCE,
    ),
    known(
        "ErrorInvalidUser",
        "",
        "there is no mailbox of this address",
        "Check the address with Get-Mailbox: a distribution list has no calendar, and a deleted room may still be in \
            a room list.",
    ),
    known(
        "ResourceNotFound",
        "",
        "there is no mailbox of this address",
        LICENCE,
    ),
    known(
        "Request_ResourceNotFound",
        "",
        "the directory has nothing with this address",
        LICENCE,
    ),
    known(
        "invalid_place",
        "",
        "Places has nothing with this address",
        "Check that it is a room list (Get-DistributionGroup -RecipientTypeDetails RoomList); a new one can take a day \
            to appear.",
    ),
    known(
        "SyncStateNotFound",
        "",
        "Graph has forgotten where the last reading ended",
        "Nothing: the next pass reads everything.",
    ),
    known(
        "ResyncRequired",
        "",
        "Graph wants everything to be read again",
        "Nothing: the next pass reads everything.",
    ),
    known(
        "SyncStateInvalid",
        "",
        "Graph has forgotten where the last reading ended",
        "Nothing: the next pass reads everything.",
    ),
    known("TooManyRequests", "", "Graph asks to wait", LATER),
    known(
        "ApplicationThrottled",
        "MailboxConcurrency",
        "too many requests for one mailbox at once",
        LATER,
    ),
    known(
        "ApplicationThrottled",
        "",
        "Graph asks the application to wait",
        LATER,
    ),
    known(
        "activityLimitReached",
        "",
        "Graph asks the application to wait",
        LATER,
    ),
    known(
        "ErrorInternalServerTransientError",
        "",
        "Exchange had a passing fault",
        LATER,
    ),
    known(
        "ErrorCorruptData",
        "",
        "an item in the mailbox is damaged",
        "Repair the mailbox: New-MailboxRepairRequest, or ask Microsoft's support.",
    ),
    known(
        "NotImplemented",
        "",
        "this cloud does not offer what was asked",
        "Check the setting cloud; some clouds have no Places.",
    ),
    bare(
        401,
        "Graph does not accept the token",
        "Check consent, and the setting cloud.",
    ),
    bare(
        403,
        "the application may not do this",
        "Grant the permissions with admin consent. That can take up to two hours to reach every server.",
    ),
    bare(
        404,
        "there is nothing at this address",
        "Check the address in Exchange.",
    ),
    bare(429, "Graph asks to wait", LATER),
    bare(500, "Graph had a fault", LATER),
    bare(502, "Graph had a fault", LATER),
    bare(503, "Graph is overloaded", LATER),
    bare(504, "Graph took too long", LATER),
];

/// The numbers that pass by themselves.
pub(crate) const PASSING: [u32; 5] = [90055, 90033, 90024, 50033, 50196];

/// The numbers of a login server that does not know yet of a consent or a registration: of the application, its consent, its being enabled, or
/// its federated credential.
pub(crate) const REPLICATED: [u32; 7] = [700016, 700011, 65001, 650056, 7000112, 1000031, 70021];

/// Numbers, their meaning, and what to do.
pub(crate) static AADSTS: &[(&[u32], &str, &str)] = &[
    (
        &[700016, 700011],
        "the application is not known in this tenant",
        "Check tenant and client-id; then let an administrator of the tenant consent.",
    ),
    (
        &[7000215],
        "the client secret is wrong",
        "Copy the secret's value, not its id, from Certificates & secrets; if it is no longer shown, make a new one.",
    ),
    (
        &[7000222],
        "the client secret has expired",
        "Make a new one under Certificates & secrets, or use a certificate.",
    ),
    (
        &[7000218],
        "the request contained neither a secret nor a certificate",
        "Set client-secret or certificate in the source's credentials.",
    ),
    (
        &[700025],
        "the application is registered as a public client",
        "Turn off \"Allow public client flows\" under Authentication, or register another application.",
    ),
    (
        &[700027, 50012, 500133],
        "the certificate's signature was not accepted",
        "Check that this certificate is uploaded under Certificates & secrets, that it has not expired, and that this \
            machine's clock is right.",
    ),
    (
        &[700024],
        "the signed request was not valid at this time",
        "Check this machine's clock.",
    ),
    (
        &[700030],
        "the certificate's subject is not authorised",
        "Upload the certificate that is used, or use the one that is registered.",
    ),
    (
        &[7000112, 1000031],
        "the application is disabled in this tenant",
        "Enable it in Enterprise applications, Properties, \"Enabled for users to sign in\".",
    ),
    (&[90002, 900023], "there is no such tenant", TENANT),
    (
        &[90038, 900382, 900432],
        "the tenant lives in another cloud",
        CLOUD,
    ),
    (
        &[50194, 9001023],
        "the tenant must be named",
        "Set tenant to the tenant's domain name or id, not to common.",
    ),
    (
        &[65001, 650056],
        "consent is missing",
        "Let an administrator of the tenant consent to the application's permissions. That can take up to two hours to \
            reach every server.",
    ),
    (
        &[65004],
        "the administrator declined to consent",
        "Ask the administrator to consent again, and say what each permission is for.",
    ),
    (
        &[650052],
        "the tenant has no subscription for Microsoft Graph's services",
        "Check that the tenant has Exchange Online.",
    ),
    (
        &[90094, 90095],
        "an administrator must approve",
        "Let a Global Administrator or Privileged Role Administrator consent.",
    ),
    (
        &[50034, 50020],
        "the account that signs in is not in this tenant",
        "Sign in with an administrator of the tenant itself.",
    ),
    (
        &[50011],
        "the redirect address is not registered",
        "Register it under Authentication, exactly as it is.",
    ),
    (
        &[70011, 1_002_012, 700_022],
        "the scope is wrong",
        "Check the setting cloud (\"global\", \"us-gov\", \"us-gov-dod\" or \"china\"): the scope is that cloud's Graph with \
            /.default. A proxy must not encode it twice.",
    ),
    (&[500011], "this cloud does not know that Graph", RESOURCE),
    (
        &[53003, 530_032],
        "conditional access refuses the application",
        "Exclude the application from the policy for workload identities, or allow this machine's network.",
    ),
    (
        &[70021],
        "no federated credential matches",
        "Check the federated credential; a new one takes some minutes to reach every server.",
    ),
    (
        &[700_211],
        "the federated credential's issuer does not match",
        "Compare the issuer with that of the federated credential; they must be identical.",
    ),
    (
        &[
            700_212, 7_002_120, 7_002_121, 7_002_122, 7_002_123, 7_002_124, 7_002_125, 7_002_126, 7_002_127,
            7_002_128, 7_002_129,
        ],
        "the federated credential's audience does not match",
        "The audience must be api://AzureADTokenExchange.",
    ),
    (
        &[700_213],
        "the federated credential's subject does not match",
        "Compare the subject with that of the federated credential; capitals matter.",
    ),
    (
        &[700_222, 700_226, 700_229],
        "a token of Microsoft Entra itself cannot be used as this federated credential",
        "Use a managed identity, or a token of another issuer.",
    ),
    (
        &[50196],
        "the same token was requested too often",
        "Look for a second collector with the same application that does not keep its token.",
    ),
    (
        &[90055, 90033, 90024, 50033],
        "the login service has a passing fault or asks to wait",
        "Nothing, if it passes: the next pass asks again.",
    ),
];

/// Whether Graph's code is one of those with advice.
pub(crate) fn knows(code: &str) -> bool {
    GRAPH.iter().any(|known| known.code.eq_ignore_ascii_case(code))
}
