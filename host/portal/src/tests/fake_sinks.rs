//! The sinks of the fake program.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::fake::{Fake, missing, summary};
use crate::api::{
    BackendError, DraftSummary, Field, FieldKind, Form, Input, Problem, Result, SetAside, SinkBackend,
    SinkDraftView, SinkState, SinkSummary, Tried, Typed,
};

/// A short version of the form of a webhook.
pub(crate) fn form() -> Form {
    let field = |key: &str, title: &str, kind: FieldKind| Field {
        key: key.into(),
        title: title.into(),
        help: "Help.".into(),
        kind,
        required: false,
        advanced: false,
        default: None,
        examples: Vec::new(),
        max_length: None,
    };
    Form {
        connector: "webhook".into(),
        title: "Webhook".into(),
        description: "Posts changes.".into(),
        fields: vec![
            Field {
                required: true,
                ..field("url", "Address", FieldKind::Text)
            },
            Field {
                required: true,
                ..field("secret", "Signing secret", FieldKind::Secret)
            },
            field("credentials", "Credentials file", FieldKind::SecretFile),
            Field {
                advanced: true,
                ..field("batch", "Most changes", FieldKind::Number)
            },
        ],
        signs_in: false,
        consents: false,
        secrets: Vec::new(),
    }
}

/// An untouched draft of a webhook.
pub(crate) fn draft(id: &str) -> SinkDraftView {
    SinkDraftView {
        id: id.to_owned(),
        before: None,
        form: form(),
        input: Input::default(),
        secrets: BTreeMap::new(),
        problems: problems(&Input::default()),
        touched: false,
        tried: None,
    }
}

/// A configured webhook for which changes wait.
pub(crate) fn sink(name: &str) -> SinkSummary {
    SinkSummary {
        kind: "webhook".into(),
        state: SinkState {
            name: name.to_owned(),
            backlog: 12,
            refill: 0,
            set_aside: 0,
            oldest_at: Some(1_770_000_000),
            success_at: None,
            failing_since: None,
            problem: None,
        },
    }
}

/// A change that the sink refused.
pub(crate) fn refused(sink: &str, number: usize) -> SetAside {
    SetAside {
        sink: sink.to_owned(),
        source: "contoso".into(),
        room: format!("room{number}@contoso.com"),
        id: format!("id{number}"),
        number: i64::try_from(number).unwrap(),
        at: 1_770_000_000,
        meeting: Some((1_770_003_600, 1_770_007_200)),
        problem: "the subject is too long (422)".into(),
    }
}

/// Like the program, it looks no further than the first problem with the settings.
fn problems(input: &Input) -> Vec<Problem> {
    let problem = |key: &str, problem: &str| Problem {
        key: key.to_owned(),
        problem: problem.to_owned(),
        remedy: "mend it".to_owned(),
    };
    let url = input.settings.get("url").map_or("", String::as_str);
    if url.is_empty() {
        vec![problem("settings.url", "it is missing")]
    } else if !url.starts_with("https://") {
        vec![problem("settings.url", "it is not a URL")]
    } else {
        Vec::new()
    }
}

#[async_trait]
impl SinkBackend for Fake {
    async fn sink_kinds(&self) -> Result<Vec<Form>> {
        let world = self.called("sink kinds".into())?;
        let of_drafts = world.sink_drafts.values().map(|draft| draft.form.clone());
        Ok(std::iter::once(form()).chain(of_drafts).collect())
    }
    async fn new_sink(&self, who: &str, kind: &str) -> Result<String> {
        let mut world = self.called(format!("new sink {kind} by {who}"))?;
        world.sink_drafts.insert("s1".into(), draft("s1"));
        Ok("s1".into())
    }
    async fn edit_sink(&self, who: &str, name: &str) -> Result<String> {
        let mut world = self.called(format!("edit sink {name} by {who}"))?;
        if !world.sinks.iter().any(|sink| sink.state.name == name) {
            return Err(missing("such sink"));
        }
        let edit = SinkDraftView {
            before: Some(name.to_owned()),
            ..draft("s2")
        };
        world.sink_drafts.insert("s2".into(), edit);
        Ok("s2".into())
    }
    async fn sink_drafts(&self) -> Result<Vec<DraftSummary>> {
        let world = self.called("sink drafts".into())?;
        let drafts = world.sink_drafts.values();
        Ok(drafts
            .map(|draft| summary(&draft.id, &draft.input.name, "sink of the kind webhook"))
            .collect())
    }
    async fn sink_draft(&self, id: &str) -> Result<SinkDraftView> {
        let world = self.called(format!("sink draft {id}"))?;
        world
            .sink_drafts
            .get(id)
            .cloned()
            .ok_or_else(|| missing("such draft"))
    }
    async fn check_sink(&self, id: &str, input: &Input) -> Result<Vec<Problem>> {
        drop(self.called(format!("check sink {id}"))?);
        Ok(problems(input))
    }
    fn without_secrets(&self, _kind: &str, mut input: Input) -> Input {
        if let Some(url) = input.settings.get_mut("url") {
            *url = url.replace(":typed-password@", "@");
        }
        input
    }
    async fn change_sink(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()> {
        let mut world = self.called(format!("change sink {id} by {who}"))?;
        let draft = world.sink_drafts.get_mut(id).unwrap();
        for name in secrets.keys() {
            draft.secrets.insert(name.clone(), "in the keyring".into());
        }
        draft.touched = true;
        draft.problems = problems(&input);
        if !draft.secrets.contains_key("secret") {
            draft.problems.push(Problem {
                key: "settings.secret".into(),
                problem: "it is missing".into(),
                remedy: "say where it is".into(),
            });
        }
        draft.input = input;
        world.secrets.extend(secrets);
        Ok(())
    }
    async fn try_sink(&self, who: &str, id: &str) -> Result<()> {
        let mut world = self.called(format!("try sink {id} by {who}"))?;
        let draft = world
            .sink_drafts
            .get_mut(id)
            .ok_or_else(|| missing("such draft"))?;
        draft.tried = Some(Tried {
            at: 1_770_000_000,
            works: false,
            words: format!("{} is down", draft.input.name),
        });
        Ok(())
    }
    async fn discard_sink(&self, who: &str, id: &str) -> Result<()> {
        let mut world = self.called(format!("discard sink {id} by {who}"))?;
        let gone = world.sink_drafts.remove(id);
        gone.map(drop).ok_or_else(|| missing("such draft"))
    }
    async fn save_sink(&self, who: &str, id: &str) -> Result<String> {
        let mut world = self.called(format!("save sink {id} by {who}"))?;
        let draft = world
            .sink_drafts
            .get(id)
            .cloned()
            .ok_or_else(|| missing("such draft"))?;
        if draft.input.name == "refused" {
            return Err(BackendError::Refused("the service refused it".into()));
        }
        world.sink_drafts.remove(id);
        world.sinks.push(sink(&draft.input.name));
        Ok(draft.input.name)
    }
    async fn refused(&self, name: &str, limit: usize) -> Result<Vec<SetAside>> {
        let world = self.called(format!("refused by {name}"))?;
        let sink = world.sinks.iter().find(|sink| sink.state.name == name);
        let sink = sink.ok_or_else(|| missing("sink"))?;
        let count = usize::try_from(sink.state.set_aside).unwrap().min(limit);
        Ok((0..count).map(|number| refused(name, number)).collect())
    }
    async fn retry_sink(&self, who: &str, name: &str) -> Result<String> {
        self.called(format!("retry sink {name} by {who}")).map(drop)?;
        Ok(format!("{name} is tried now."))
    }
    async fn skip_refused(&self, who: &str, name: &str) -> Result<String> {
        self.called(format!("skip what {name} refused by {who}"))
            .map(drop)?;
        Ok("2 set-aside changes are dropped.".into())
    }
    async fn remove_sink(&self, who: &str, name: &str) -> Result<()> {
        let mut world = self.called(format!("remove sink {name} by {who}"))?;
        world.sinks.retain(|sink| sink.state.name != name);
        Ok(())
    }
}
