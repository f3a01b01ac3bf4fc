//! The fields of a form with what was filled in and what is wrong with it, as the pages of sources and sinks show them.

use maud::{Markup, html};

use super::control::control;
use super::problems::{COLLECTION, Filled, secret_key, secret_label, setting_key};
use super::rows;
use crate::api::{Field as Setting, FieldKind, Problem, REFRESH_TOKEN, SecretNeed};
use crate::elements::Field;
use crate::pages::elements::{foreign, plain};

/// The most letters of a name, as the configuration takes it.
const LONGEST_NAME: usize = 64;

/// A form with what was filled in and what is wrong with it.
pub(super) struct Sheet<'a> {
    pub(super) filled: Filled<'a>,
    pub(super) problems: &'a [&'a Problem],
    /// Whether the client secret is questioned.
    pub(super) is_doubted: bool,
}

impl Sheet<'_> {
    fn problem(&self, key: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.key == key).copied()
    }

    /// Whether one of those fields has a problem, so that their section must be unfolded.
    fn wrong(&self, among: impl Fn(&str) -> bool) -> bool {
        self.problems.iter().any(|problem| among(&problem.key))
    }

    /// The name. `what` begins its help.
    pub(super) fn name(&self, what: &str, example: &str) -> Markup {
        let help = format!("{what}: letters, digits, - _ and .");
        let field = Field {
            key: "name",
            label: "Name",
            required: true,
            help: html! { (help) },
            problem: self.problem("name"),
        };
        field.show(|ties| html! {
            input type="text" id=(ties.id) name="name" value=(self.filled.input.name) placeholder=(example) maxlength=(LONGEST_NAME)
                spellcheck="false" autocapitalize="none" aria-describedby=(ties.described) aria-invalid=[ties.invalid]
                aria-required=[ties.required];
        })
    }

    /// The settings that are not advanced.
    pub(super) fn usual(&self) -> Markup {
        let usual = self.filled.form.fields.iter().filter(|setting| !setting.advanced);
        html! { @for setting in usual { (self.setting(setting)) } }
    }

    /// The advanced settings, folded unless one of them has a problem.
    pub(super) fn advanced(&self) -> Markup {
        let all = &self.filled.form.fields;
        let advanced: Vec<&Setting> = all.iter().filter(|setting| setting.advanced).collect();
        let is_wrong = self.wrong(|key| {
            let of = |setting: &&Setting| {
                let rest = key.strip_prefix(&setting_key(&setting.key));
                // The setting itself, or a cell of its rows.
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            advanced.iter().any(of)
        });
        html! {
            @if !advanced.is_empty() {
                details open[is_wrong] {
                    summary { "More settings" }
                    div { @for setting in advanced { (self.setting(setting)) } }
                }
            }
        }
    }

    fn text(&self, key: &str, label: &str, required: bool, help: &str, example: &str, value: &str) -> Markup {
        let field = Field {
            key,
            label,
            required,
            help: html! { (help) },
            problem: self.problem(key),
        };
        field.show(|ties| html! {
            input type="text" id=(ties.id) name=(key) value=(value) placeholder=(example) spellcheck="false" autocapitalize="none"
                aria-describedby=(ties.described) aria-invalid=[ties.invalid] aria-required=[ties.required];
        })
    }

    fn setting(&self, setting: &Setting) -> Markup {
        let key = setting_key(&setting.key);
        let typed = self
            .filled
            .input
            .settings
            .get(&setting.key)
            .map_or("", String::as_str);
        let field = Field {
            key: &key,
            label: &setting.title,
            required: setting.required,
            help: help(setting),
            problem: self.problem(&key),
        };
        match &setting.kind {
            FieldKind::Toggle => {
                let set = if typed.is_empty() {
                    setting.default.as_deref()
                } else {
                    Some(typed)
                };
                field.show_box(|ties| control(setting, &key, set.unwrap_or_default(), ties, &ties.described))
            }
            FieldKind::Rows(columns) => rows::show(&|key| self.problem(key), setting, columns, typed)
                .unwrap_or_else(|| self.json(&field, setting, typed)),
            FieldKind::Secret => self.one_line(&Field {
                help: self.with_place(setting),
                ..field
            }),
            FieldKind::SecretFile => self.file(
                &Field {
                    help: self.with_place(setting),
                    ..field
                },
                "",
            ),
            FieldKind::Json => self.json(&field, setting, typed),
            FieldKind::Choice(_) | FieldKind::Text | FieldKind::Number => {
                field.show(|ties| control(setting, &key, typed, ties, &ties.described))
            }
        }
    }

    fn json(&self, field: &Field<'_>, setting: &Setting, typed: &str) -> Markup {
        let example = setting.examples.first().map(|example| plain(example));
        field.show(|ties| html! {
            textarea id=(ties.id) name=(field.key) rows="6" spellcheck="false" placeholder=[example] maxlength=[setting.max_length]
                aria-describedby=(ties.described) aria-invalid=[ties.invalid] aria-required=[ties.required] { "\n" (typed) }
        })
    }

    /// The credentials of an application.
    pub(super) fn application(&self) -> Markup {
        let example = "11111111-2222-3333-4444-555555555555";
        html! {
            fieldset {
                legend { "Application" }
                (self.text("client-id", "Client ID", true, "The application (client) ID of the registration.", example, &self.filled.input.client_id))
                @if self.filled.form.refreshes() {
                    p.help { "The application signs in with its client secret and a refresh token." }
                } @else {
                    p.help { "The application signs in with a client secret or a certificate. Enter one of the two." }
                }
                (self.secret("client-secret", "client-secret", "Client secret", "The secret's value, not its ID."))
                p.doubt #doubt data-doubt="client-secret" hidden[!self.is_doubted] {
                    "This looks like the secret's ID. Paste its Value. If it is the value, save again."
                }
                @if self.filled.form.refreshes() {
                    @for need in self.filled.form.secrets.iter().filter(|need| need.name == REFRESH_TOKEN) { (self.asked(need)) }
                } @else {
                    (self.certificate())
                    (self.secret("certificate-password", "certificate-password", "Certificate password", "The password of the PKCS#12 file, if it has one."))
                }
            }
        }
    }

    /// The secrets that the connector asks for, without one that is among the credentials of an application.
    pub(super) fn secrets(&self) -> Markup {
        let form = self.filled.form;
        let shown = |need: &&SecretNeed| !(form.refreshes() && need.name == REFRESH_TOKEN);
        html! { @for need in form.secrets.iter().filter(shown) { (self.asked(need)) } }
    }

    fn asked(&self, need: &SecretNeed) -> Markup {
        self.secret(
            &secret_key(&need.name),
            &need.name,
            &secret_label(&need.name),
            &need.purpose,
        )
    }

    /// A secret that the connector asks for, or that an application signs in with.
    fn secret(&self, key: &str, name: &str, label: &str, help: &str) -> Markup {
        self.one_line(&Field {
            key,
            label,
            required: false,
            help: html! { (foreign(help)) " " (self.stored(name)) },
            problem: self.problem(key),
        })
    }

    fn one_line(&self, field: &Field<'_>) -> Markup {
        let doubt = if field.key == "client-secret" {
            " doubt"
        } else {
            ""
        };
        field.show(|ties| {
            html! {
                input type="password" id=(ties.id) name=(field.key) autocomplete="off" data-secret
                    aria-describedby={ (ties.described) (doubt) } aria-invalid=[ties.invalid] aria-required=[ties.required];
            }
        })
    }

    fn certificate(&self) -> Markup {
        let field = Field {
            key: "certificate",
            label: "Certificate",
            required: false,
            help: html! {
                "Certificate and private key as PEM, one after the other, or a PKCS#12 file (.pfx) as base64. " (self.stored("certificate"))
            },
            problem: self.problem("certificate"),
        };
        self.file(&field, ".pem,.pfx,.p12")
    }

    /// A secret that is usually a file. `accept`: the ends of the names of such files.
    fn file(&self, field: &Field<'_>, accept: &str) -> Markup {
        field.show(|ties| html! {
            textarea id=(ties.id) name=(field.key) rows="4" autocomplete="off" spellcheck="false" data-secret
                aria-describedby=(ties.described) aria-invalid=[ties.invalid] {}
            // Without a name, so that only the script reads it, into the text above.
            p hidden {
                label for={ (ties.id) "-file" } { "Or choose its file: " }
                input id={ (ties.id) "-file" } type="file" accept=[Some(accept).filter(|accept| !accept.is_empty())] data-into=(field.key);
            }
        })
    }

    /// The help of a secret, and where it is stored.
    fn with_place(&self, setting: &Setting) -> Markup {
        html! { p { (foreign(&setting.help)) } p { (self.stored(&setting.key)) } }
    }

    /// Where a secret is stored, if it is.
    fn stored(&self, name: &str) -> Markup {
        html! {
            @match self.filled.secrets.get(name) {
                Some(place) => { strong { "Stored " (foreign(place)) "." } " Leave this field empty to keep it." }
                None => "Not stored yet."
            }
        }
    }

    pub(super) fn collection(&self) -> Markup {
        let input = &self.filled.input;
        let value = |key: &str| match key {
            "every" => &input.every,
            "back" => &input.back,
            _ => &input.ahead,
        };
        html! {
            details open[self.wrong(|key| COLLECTION.iter().any(|(known, ..)| key == *known))] {
                summary { "Collection" }
                div {
                    @for (key, label, help, example) in COLLECTION { (self.text(key, label, false, help, example, value(key))) }
                }
            }
        }
    }

    pub(super) fn network(&self) -> Markup {
        let field = Field {
            key: "grants",
            label: "Allowed origins",
            required: false,
            help: html! { "One per line. If empty, those that the connector asks for." },
            problem: self.problem("grants"),
        };
        html! {
            details open[self.wrong(|key| key == "grants")] {
                summary { "Network" }
                div {
                    (field.show(|ties| html! {
                        textarea id=(ties.id) name="grants" rows="3" spellcheck="false" placeholder="https://graph.microsoft.com"
                            aria-describedby=(ties.described) aria-invalid=[ties.invalid] { "\n" (self.filled.input.grants) }
                    }))
                }
            }
        }
    }
}

/// The help of a setting, with example values and the default.
fn help(setting: &Setting) -> Markup {
    html! {
        (foreign(&setting.help))
        @for (index, example) in setting.examples.iter().enumerate() {
            @if index == 0 { " For example " } @else { ", " }
            code { (foreign(example)) }
        }
        @if !setting.examples.is_empty() { "." }
        // A choice and a checkbox show their default themselves.
        @if let (Some(default), FieldKind::Text | FieldKind::Number | FieldKind::Json) = (&setting.default, &setting.kind) {
            " Default: " code { (foreign(default)) } "."
        }
    }
}
