//! What the login service refuses, number by number: the meaning and the advice, and nothing is collected.

use std::sync::LazyLock;

use e2e::{Ended, Source, Workplace};
use graph_sim::{Simulator, when};

use crate::case::Area;
use crate::setting::{sign_in_refused, tenant};

const CODES: &str = "Microsoft Entra authentication and authorization error codes";
const FEDERATED: &str = "Workload identity federation";

/// Numbers, what they mean, a part of the advice.
const ROWS: [(&[u32], &str, &str, &str); 28] = [
    (
        &[700_016, 700_011],
        "the application is not known in this tenant",
        "Check tenant and client-id",
        CODES,
    ),
    (
        &[7_000_215],
        "the client secret is wrong",
        "Copy the secret's value, not its id",
        CODES,
    ),
    (
        &[7_000_222],
        "the client secret has expired",
        "Make a new one",
        CODES,
    ),
    (
        &[7_000_218],
        "neither a secret nor a certificate",
        "Set client-secret or certificate",
        CODES,
    ),
    (
        &[700_025],
        "registered as a public client",
        "Allow public client flows",
        CODES,
    ),
    (
        &[700_027, 50_012, 500_133],
        "the certificate's signature was not accepted",
        "this certificate is uploaded",
        CODES,
    ),
    (
        &[700_024],
        "the signed request was not valid at this time",
        "this machine's clock",
        CODES,
    ),
    (
        &[700_030],
        "the certificate's subject is not authorised",
        "Upload the certificate",
        CODES,
    ),
    (
        &[7_000_112, 1_000_031],
        "the application is disabled in this tenant",
        "Enable it in Enterprise applications",
        CODES,
    ),
    (
        &[90_002, 900_023],
        "there is no such tenant",
        "Check the setting tenant",
        CODES,
    ),
    (
        &[90_038, 900_382, 900_432],
        "the tenant lives in another cloud",
        "cloud = \"us-gov\" (US Government, GCC High)",
        CODES,
    ),
    (
        &[50_194, 9_001_023],
        "the tenant must be named",
        "Set tenant to the tenant's domain name or id",
        CODES,
    ),
    (
        &[65_001, 650_056],
        "consent is missing",
        "Let an administrator of the tenant consent",
        CODES,
    ),
    (
        &[65_004],
        "the administrator declined to consent",
        "Ask the administrator",
        CODES,
    ),
    (
        &[650_052],
        "the tenant has no subscription",
        "Exchange Online",
        CODES,
    ),
    (
        &[90_094, 90_095],
        "an administrator must approve",
        "Global Administrator",
        CODES,
    ),
    (
        &[50_034, 50_020],
        "the account that signs in is not in this tenant",
        "an administrator of the tenant itself",
        CODES,
    ),
    (
        &[50_011],
        "the redirect address is not registered",
        "exactly as it is",
        CODES,
    ),
    (
        &[70_011, 1_002_012, 700_022],
        "the scope is wrong",
        "Check the setting cloud",
        CODES,
    ),
    (
        &[500_011],
        "this cloud does not know that Graph",
        "Compare the setting cloud with where the tenant lives",
        CODES,
    ),
    (
        &[53_003, 530_032],
        "conditional access refuses the application",
        "workload identities",
        CODES,
    ),
    (
        &[50_196],
        "the same token was requested too often",
        "a second collector",
        CODES,
    ),
    (
        &[90_055, 90_033, 90_024, 50_033],
        "the login service has a passing fault",
        "the next pass asks again",
        CODES,
    ),
    (
        &[70_021],
        "no federated credential matches",
        "a new one takes some minutes",
        FEDERATED,
    ),
    (
        &[700_211],
        "the federated credential's issuer does not match",
        "Compare the issuer",
        FEDERATED,
    ),
    (
        &[700_212],
        "the federated credential's audience does not match",
        "api://AzureADTokenExchange",
        FEDERATED,
    ),
    (
        &[700_213],
        "the federated credential's subject does not match",
        "capitals matter",
        FEDERATED,
    ),
    (
        &[700_222, 700_226, 700_229],
        "a token of Microsoft Entra itself cannot be used",
        "Use a managed identity",
        FEDERATED,
    ),
];

pub(crate) fn area() -> Area {
    let mut area = Area::new("Errors of the login service");
    for (codes, meaning, advice, recorded) in ROWS {
        for code in codes {
            area = area.case(format!("AADSTS{code}: {meaning}"), recorded, move || {
                told(*code, meaning, advice);
            });
        }
    }
    area.case(
        "a number that is not known is told with the words of the login service",
        CODES,
        || told(UNKNOWN, "AADSTS987654: ", "Microsoft documents the code"),
    )
}

/// A number that is in no table.
const UNKNOWN: u32 = 987_654;

/// One pass with a source for each number, whose tenants' token endpoints refuse with it; all cases look at it.
static PASS: LazyLock<(Simulator, Ended)> = LazyLock::new(|| {
    let simulator = Simulator::start(tenant(1)).unwrap();
    let codes = ROWS.iter().flat_map(|(codes, ..)| codes.iter());
    let sources: String = codes
        .chain([&UNKNOWN])
        .map(|code| {
            simulator.inject(when(&endpoint(*code)).then(sign_in_refused(*code)));
            Source::contoso(&simulator)
                .named(&format!("aadsts-{code}"))
                .setting("tenant", &format!("aadsts-{code}.example"))
                .to_string()
        })
        .collect();
    let workplace = Workplace::new(&sources, &["o365"]).unwrap();
    let ended = workplace.collect(&[]).unwrap();
    (simulator, ended)
});

fn endpoint(code: u32) -> String {
    format!("/aadsts-{code}.example/oauth2/v2.0/token")
}

fn told(code: u32, meaning: &str, advice: &str) {
    let (simulator, ended) = &*PASS;
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
    let said = ended.said(&format!("source \"aadsts-{code}\": the token was refused: "));
    assert_eq!(said.len(), 1, "{}", ended.stderr);
    for words in [meaning, advice, &format!("AADSTS{code}")] {
        assert!(said[0].contains(words), "{words:?}: {}", said[0]);
    }
    // Asking again would not help, and asking without end is refused with a number of its own.
    assert_eq!(simulator.requests_to(&endpoint(code)).len(), 1);
}
