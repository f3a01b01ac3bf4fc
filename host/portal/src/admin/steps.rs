//! The path of a draft in four steps: details, authorize, validate, save. Where no administrator consents, nobody is sent to authorize. Decides
//! which step is next.

use maud::{Markup, html};

use crate::api::{Authorization, CheckStatus, ConsentState, DraftOrigin, DraftView, Validation};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Filling in the form.
    Details,
    /// Consent.
    Authorize,
    /// The checks.
    Validate,
    /// Saving as a source.
    Save,
}

impl Step {
    /// Those of a draft, in order.
    pub(super) fn of(draft: &DraftView) -> Vec<Self> {
        let consents = draft.form.consents || draft.authorization.is_some();
        let all = [Self::Details, Self::Authorize, Self::Validate, Self::Save];
        all.into_iter()
            .filter(|step| consents || *step != Self::Authorize)
            .collect()
    }

    /// The id of its place on the page.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Details => "step-details",
            Self::Authorize => "step-authorize",
            Self::Validate => "step-validate",
            Self::Save => "step-save",
        }
    }

    /// What is done in it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Details => "Details",
            Self::Authorize => "Authorize",
            Self::Validate => "Validate",
            Self::Save => "Save",
        }
    }

    fn is_done(self, draft: &DraftView) -> bool {
        match self {
            Self::Details => draft.touched && draft.problems.is_empty(),
            Self::Authorize => {
                Self::Details.is_done(draft) && draft.authorization.as_ref().is_none_or(is_given)
            }
            Self::Validate => draft.validation.as_ref().is_some_and(passed),
            Self::Save => false,
        }
    }
}

/// The step that is next. Only its button is the primary one.
pub(super) fn next(draft: &DraftView) -> Step {
    let checks = draft.validation.as_ref();
    // A consent that was given elsewhere shows in the checks. Who changes a source has given it before.
    let is_needed = !Step::Authorize.is_done(draft)
        && !matches!(draft.origin, DraftOrigin::Edit { .. })
        && checks.is_none_or(|checks| !goes_on(checks));
    if !Step::Details.is_done(draft) {
        Step::Details
    } else if Step::Validate.is_done(draft) {
        Step::Save
    } else if is_needed {
        Step::Authorize
    } else {
        Step::Validate
    }
}

/// Where a section stands on its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Whether it is unfolded.
    pub(super) is_open: bool,
    /// Whether its button is the primary one.
    pub(super) is_primary: bool,
    /// Why nothing can be done in it yet.
    pub(super) closed: Option<&'static str>,
}

impl Standing {
    /// The class of its button.
    pub(super) fn primary(&self) -> Option<&'static str> {
        self.is_primary.then_some("primary")
    }

    /// Of a step of a draft, of which another one is next.
    pub(super) fn of(step: Step, next: Step, draft: &DraftView) -> Self {
        Self {
            is_open: step == next,
            is_primary: step == next,
            closed: (!draft.problems.is_empty()).then_some("Complete the details first."),
        }
    }

    /// Of a section on the page of a source. Authorization is unfolded while it waits for something; what was never asked for here may have been given
    /// elsewhere, which shows when a pass has succeeded.
    pub(super) fn of_source(consent: Option<&Authorization>, has_succeeded: bool) -> Self {
        let is_open = consent.is_some_and(|consent| match consent.state {
            None => !has_succeeded,
            Some(ConsentState::Granted { .. }) => false,
            Some(_) => true,
        });
        Self {
            is_open,
            is_primary: false,
            closed: None,
        }
    }
}

/// Whether consent was given, as far as that is known.
fn is_given(authorization: &Authorization) -> bool {
    matches!(
        authorization.state,
        Some(ConsentState::Granted { .. } | ConsentState::Unproven { .. })
    )
}

/// Whether the checks run, or will by themselves.
pub(super) fn goes_on(checks: &Validation) -> bool {
    checks.running || checks.next_try_at.is_some()
}

/// Whether the checks ended and nothing failed.
fn passed(checks: &Validation) -> bool {
    let bad = |status| matches!(status, CheckStatus::Failed | CheckStatus::Pending);
    !goes_on(checks) && checks.ended_at.is_some() && !checks.checks.iter().any(|check| bad(check.status))
}

/// The steps, with links to their places. Those that are done and the one that is next are marked.
pub(super) fn overview(draft: &DraftView, next: Step) -> Markup {
    html! {
        nav aria-label="Steps" {
            ol.steps {
                @for step in Step::of(draft) {
                    @let is_done = step.is_done(draft) && step != next;
                    li class=[is_done.then_some("done")] {
                        a href={ "#" (step.id()) } aria-current=[(step == next).then_some("step")] {
                            (step.word()) @if is_done { span.unseen { " (done)" } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fake::{authorization, draft, validation};

    fn filled(state: Option<ConsentState>, checks: Option<Validation>) -> DraftView {
        DraftView {
            touched: true,
            problems: Vec::new(),
            authorization: Some(authorization(state)),
            validation: checks,
            ..draft("d1")
        }
    }

    fn granted() -> ConsentState {
        ConsentState::Granted {
            at: 1,
            by: "ada".into(),
            tenant: "t".into(),
        }
    }

    #[test]
    fn one_step_follows_the_other() {
        let checks = |status| Some(validation(&[("token", status)]));
        assert_eq!(next(&draft("d1")), Step::Details);
        assert_eq!(next(&filled(None, None)), Step::Authorize);
        assert_eq!(
            next(&filled(Some(ConsentState::Asked { at: 1 }), None)),
            Step::Authorize
        );
        assert_eq!(next(&filled(Some(granted()), None)), Step::Validate);
        assert_eq!(
            next(&filled(Some(granted()), checks(CheckStatus::Failed))),
            Step::Validate
        );
        assert_eq!(
            next(&filled(Some(granted()), checks(CheckStatus::Limited))),
            Step::Save
        );
        // Consent that was given elsewhere also counts.
        assert_eq!(next(&filled(None, checks(CheckStatus::Passed))), Step::Save);
        assert_eq!(next(&filled(None, checks(CheckStatus::Failed))), Step::Authorize);
        let waiting = Validation {
            next_try_at: Some(9),
            ..validation(&[("token", CheckStatus::Pending)])
        };
        assert_eq!(next(&filled(None, Some(waiting))), Step::Validate);
    }

    #[test]
    fn without_a_consent_page_and_for_a_source_that_is_changed_nobody_is_sent_to_one() {
        let mut ics = DraftView {
            authorization: None,
            ..filled(None, None)
        };
        ics.form.consents = false;
        assert_eq!(next(&ics), Step::Validate);
        assert_eq!(Step::of(&ics), [Step::Details, Step::Validate, Step::Save]);
        let edited = DraftView {
            origin: DraftOrigin::Edit {
                source: "contoso".into(),
            },
            ..filled(None, None)
        };
        assert_eq!(next(&edited), Step::Validate);
        // What is to be changed comes first.
        assert_eq!(
            next(&DraftView {
                touched: false,
                ..edited
            }),
            Step::Details
        );
    }

    #[test]
    fn steps_that_are_done_and_the_next_one_are_told_apart() {
        let draft = filled(Some(granted()), None);
        let page = overview(&draft, next(&draft)).into_string();
        assert_eq!(page.matches("<li class=\"done\">").count(), 2);
        assert!(page.contains("<a href=\"#step-validate\" aria-current=\"step\">Validate</a>"));
    }
}
