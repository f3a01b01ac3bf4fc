//! The form of a draft, built from what the connector asks for, and reading it back.

use maud::{Markup, html};
use secrecy::SecretString;

use super::problems::{COLLECTION, has_field, problems, secret_key, setting_key};
use super::steps::Standing;
use super::{path, short};
use crate::api::{DraftView, Field as Setting, FieldKind, Form, Input, Problem, Target, Typed};
use crate::elements::{Field, summary, token};
use crate::fields::Fields;
use crate::pages::elements::{Tone, badge, foreign, plain};

/// Reads what was filled in, without secrets.
pub(super) fn read(form: &Form, fields: &Fields) -> Input {
    let settings = form.fields.iter().map(|field| {
        let key = setting_key(&field.key);
        let value = match field.kind {
            // A browser sends nothing for an unticked box.
            FieldKind::Toggle => fields.ticked(&key).to_string(),
            _ => fields.text(&key).to_owned(),
        };
        (field.key.clone(), value)
    });
    Input {
        name: fields.text("name").trim().to_owned(),
        settings: settings.collect(),
        every: fields.text("every").trim().to_owned(),
        back: fields.text("back").trim().to_owned(),
        ahead: fields.text("ahead").trim().to_owned(),
        grants: fields.text("grants").to_owned(),
        client_id: fields.text("client-id").trim().to_owned(),
    }
}

/// The secrets that were typed.
pub(super) fn typed(form: &Form, fields: &Fields) -> Typed {
    let application = ["client-secret", "certificate", "certificate-password"]
        .into_iter()
        .filter(|_| form.signs_in)
        .map(|name| (name.to_owned(), fields.given(name)));
    let asked = form
        .secrets
        .iter()
        .map(|need| (need.name.clone(), fields.given(&secret_key(&need.name))));
    application
        .chain(asked)
        .filter_map(|(name, value)| Some((name, SecretString::from(value?))))
        .collect()
}

/// The section. `is_doubted`: whether the client secret is questioned.
pub(super) fn section(draft: &DraftView, standing: &Standing, is_doubted: bool, csrf: &str) -> Markup {
    let problems = problems(draft);
    let shown: Vec<&Problem> = problems.iter().filter(|_| draft.touched).collect();
    let sheet = Sheet {
        draft,
        problems: &shown,
        is_doubted,
    };
    let base = path(&Target::Draft(draft.id.clone()));
    let (usual, advanced): (Vec<&Setting>, Vec<&Setting>) =
        draft.form.fields.iter().partition(|field| !field.advanced);
    html! {
        section #details aria-labelledby="details-heading" {
            details open[standing.is_open] {
                summary {
                    h2 #details-heading { (foreign(short(&draft.form.title))) " host details" }
                    @if draft.touched && draft.problems.is_empty() { " " (badge(Tone::Passed, "saved")) }
                }
                div {
                    (summary(&shown, |key| has_field(&draft.form, key)))
                    form method="post" action={ (base) "/details" } autocomplete="off" novalidate data-check={ (base) "/check" }
                        data-touched[draft.touched] {
                        (token(csrf))
                        (sheet.text("name", "Name", true, "The name of the source: letters, digits, - _ and .", "contoso", &draft.input.name))
                        @for setting in usual { (sheet.setting(setting)) }
                        @if draft.form.signs_in { (sheet.application()) }
                        @for need in &draft.form.secrets {
                            (sheet.secret(&secret_key(&need.name), &need.name, &need.name, &need.purpose))
                        }
                        @if !advanced.is_empty() {
                            details open[sheet.wrong(|key| advanced.iter().any(|setting| key == setting_key(&setting.key)))] {
                                summary { "More settings" }
                                div { @for setting in advanced { (sheet.setting(setting)) } }
                            }
                        }
                        (sheet.collection())
                        (sheet.network())
                        div.actions {
                            button class=[standing.primary()] type="submit" { "Save details" }
                        }
                    }
                }
            }
        }
    }
}

/// A form with what was filled in and what is wrong with it.
struct Sheet<'a> {
    draft: &'a DraftView,
    problems: &'a [&'a Problem],
    /// Whether the client secret is questioned.
    is_doubted: bool,
}

impl Sheet<'_> {
    fn problem(&self, key: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.key == key).copied()
    }

    /// Whether one of those fields has a problem, so that their section must be unfolded.
    fn wrong(&self, among: impl Fn(&str) -> bool) -> bool {
        self.problems.iter().any(|problem| among(&problem.key))
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
            .draft
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
        let example = setting.examples.first().map(|example| plain(example));
        match &setting.kind {
            FieldKind::Toggle => {
                let set = if typed.is_empty() { setting.default.as_deref() } else { Some(typed) };
                field.show_box(|ties| html! {
                    input type="checkbox" id=(ties.id) name=(key) value="true" checked[set == Some("true")]
                        aria-describedby=(ties.described) aria-invalid=[ties.invalid];
                })
            }
            FieldKind::Choice(choices) => field.show(|ties| html! {
                select id=(ties.id) name=(key) aria-describedby=(ties.described) aria-invalid=[ties.invalid]
                    aria-required=[ties.required] {
                    option value="" selected[typed.is_empty()] {
                        @match &setting.default { Some(default) => { (capitalized(&plain(default))) " (default)" }, None => "Choose one" }
                    }
                    @for choice in choices { option value=(choice) selected[choice == typed] { (plain(choice)) } }
                }
            }),
            FieldKind::Json => field.show(|ties| html! {
                textarea id=(ties.id) name=(key) rows="6" spellcheck="false" placeholder=[example] maxlength=[setting.max_length]
                    aria-describedby=(ties.described) aria-invalid=[ties.invalid] aria-required=[ties.required] { "\n" (typed) }
            }),
            FieldKind::Text | FieldKind::Number => {
                let digits = matches!(setting.kind, FieldKind::Number).then_some("decimal");
                field.show(|ties| html! {
                    input type="text" inputmode=[digits] id=(ties.id) name=(key) value=(typed) placeholder=[example]
                        maxlength=[setting.max_length] spellcheck="false" autocapitalize="none" aria-describedby=(ties.described)
                        aria-invalid=[ties.invalid] aria-required=[ties.required];
                })
            }
        }
    }

    /// The credentials of an application.
    fn application(&self) -> Markup {
        let example = "11111111-2222-3333-4444-555555555555";
        html! {
            fieldset {
                legend { "Application" }
                (self.text("client-id", "Client ID", true, "The application (client) ID of the registration.", example, &self.draft.input.client_id))
                p.help { "The application signs in with a client secret or a certificate. Enter one of the two." }
                (self.secret("client-secret", "client-secret", "Client secret", "The secret's value, not its ID."))
                p.doubt #doubt data-doubt="client-secret" hidden[!self.is_doubted] {
                    "This looks like the secret's ID. Paste its Value. If it is the value, save again."
                }
                (self.certificate())
                (self.secret("certificate-password", "certificate-password", "Certificate password", "The password of the PKCS#12 file, if it has one."))
            }
        }
    }

    fn secret(&self, key: &str, name: &str, label: &str, help: &str) -> Markup {
        let field = Field {
            key,
            label,
            required: false,
            help: html! { (foreign(help)) " " (self.stored(name)) },
            problem: self.problem(key),
        };
        let doubt = if key == "client-secret" { " doubt" } else { "" };
        field.show(|ties| {
            html! {
                input type="password" id=(ties.id) name=(key) autocomplete="off" data-secret
                    aria-describedby={ (ties.described) (doubt) } aria-invalid=[ties.invalid];
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
        field.show(|ties| html! {
            textarea id=(ties.id) name="certificate" rows="4" autocomplete="off" spellcheck="false" data-secret
                aria-describedby=(ties.described) aria-invalid=[ties.invalid] {}
            // Without a name, so that only the script reads it, into the text above.
            p hidden {
                label for="certificate-file" { "Or choose its file: " }
                input #certificate-file type="file" accept=".pem,.pfx,.p12" data-into="certificate";
            }
        })
    }

    /// Where a secret is stored, if it is.
    fn stored(&self, name: &str) -> Markup {
        html! {
            @match self.draft.secrets.get(name) {
                Some(place) => { strong { "Stored " (foreign(place)) "." } " Leave this field empty to keep it." }
                None => "Not stored yet."
            }
        }
    }

    fn collection(&self) -> Markup {
        let input = &self.draft.input;
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

    fn network(&self) -> Markup {
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
                            aria-describedby=(ties.described) aria-invalid=[ties.invalid] { "\n" (self.draft.input.grants) }
                    }))
                }
            }
        }
    }
}

/// A text with a capital letter at its start.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// The help of a setting, with example values and the default.
fn help(setting: &Setting) -> Markup {
    html! {
        (foreign(&setting.help))
        @for (index, example) in setting.examples.iter().enumerate() {
            @if index == 0 { " For example " } @else { ", " }
            code { (foreign(example)) }
        }
        // A choice and a checkbox show their default themselves.
        @if let (Some(default), FieldKind::Text | FieldKind::Number | FieldKind::Json) = (&setting.default, &setting.kind) {
            " Default: " code { (foreign(default)) } "."
        }
    }
}
