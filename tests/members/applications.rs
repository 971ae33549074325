//! Strangers ask to become members, and meet what the co-op wants, or not.

use bytes::Bytes;
use identity::{
    Answer, ApplicationStatus, BuiltIn, CoopChange, Document, MembershipStatus, NewRequirement, Requirement, RequirementKind,
    RequirementStatus, Review, Verdict,
};
use kernel::{Code, PersonId};
use sha2::{Digest as _, Sha256};

use super::{
    people::{acting, actor, built_in, person, refused},
    stage::Stage,
};

pub(super) fn new(kind: RequirementKind, name: &str) -> NewRequirement {
    NewRequirement {
        kind,
        name: name.to_owned(),
        description: format!("About {name}."),
        needed: true,
        minimum: (kind == RequirementKind::MinimumProducts).then_some(2),
        expires_after_days: None,
    }
}

pub(super) fn pdf(text: &str) -> Answer {
    Answer::Document(Document { name: "insurance.pdf".to_owned(), bytes: Bytes::from(format!("%PDF-1.7 {text}")) })
}

pub(super) fn accepted_terms(requirement: &Requirement) -> Answer {
    Answer::Terms { sha256: hex::encode(Sha256::digest(&requirement.description)) }
}

/// Opens the door and wants one of each kind.
pub(super) async fn door(stage: &Stage) -> Vec<Requirement> {
    let open = CoopChange { takes_applications: Some(true), ..CoopChange::default() };
    stage.identity.update_coop(&stage.ana, open).await.unwrap();
    let mut requirements = Vec::new();
    for (kind, name) in [
        (RequirementKind::Document, "Insurance"),
        (RequirementKind::Terms, "House rules"),
        (RequirementKind::Profile, "Who you are"),
        (RequirementKind::MinimumProducts, "What you make"),
    ] {
        let expires_after_days = (kind == RequirementKind::Document).then_some(365);
        let new = NewRequirement { expires_after_days, ..new(kind, name) };
        requirements.push(stage.identity.create_requirement(&stage.ana, new).await.unwrap());
    }
    requirements
}

async fn submit(stage: &Stage, who: PersonId, requirement: &Requirement, answer: Answer) -> identity::Checked {
    stage.identity.submit((who, stage.coop.id), requirement.id, answer, &stage.storage).await.unwrap()
}

/// Submits all four and has Ana accept what takes a review.
pub(super) async fn meet_all(stage: &Stage, who: PersonId, requirements: &[Requirement]) {
    submit(stage, who, &requirements[0], pdf("cover")).await;
    submit(stage, who, &requirements[1], accepted_terms(&requirements[1])).await;
    submit(stage, who, &requirements[2], Answer::Profile("I turn bowls.".to_owned())).await;
    submit(stage, who, &requirements[3], Answer::Products(vec!["bowl".to_owned(), "plate".to_owned()])).await;
    for checked in stage.identity.checklist(&stage.ana, who).await.unwrap() {
        if checked.status == RequirementStatus::Submitted {
            review(stage, who, &checked, Verdict::Accept).await;
        }
    }
}

pub(super) async fn review(stage: &Stage, person: PersonId, seen: &identity::Checked, verdict: Verdict) -> identity::Checked {
    let review = Review { person, requirement: seen.requirement.id, submitted_at: seen.submitted_at.unwrap(), verdict };
    stage.identity.review(&stage.ana, review).await.unwrap()
}

#[tokio::test]
async fn a4_an_applicant_meets_every_requirement_and_is_admitted() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let ben = person(&stage.db, "Ben").await;
    let open = stage.identity.open_door("harbour").await.unwrap();
    assert_eq!(open.requirements, requirements, "anybody may read what is wanted before they apply");
    let application = stage.identity.apply(ben, "harbour", "I turn bowls and would like to sell them.").await.unwrap();
    assert_eq!(stage.identity.apply(ben, "harbour", "again").await.unwrap(), application, "nobody waits twice");
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    let (code, message) = refused(stage.identity.admit(&stage.ana, application.id, role).await);
    assert_eq!(code, Code::NotNow);
    assert!(message.ends_with("Insurance, House rules, Who you are, What you make"), "{message}");

    let document = submit(&stage, ben, &requirements[0], pdf("cover")).await;
    assert_eq!(document.status, RequirementStatus::Submitted);
    let stored = document.document.unwrap();
    assert_eq!(stage.storage.get(&stored.key).await.unwrap(), Bytes::from_static(b"%PDF-1.7 cover"));
    meet_all(&stage, ben, &requirements).await;
    let checked = stage.identity.own_checklist(ben, stage.coop.id).await.unwrap();
    assert!(checked.iter().all(|one| one.status == RequirementStatus::Accepted), "{checked:?}");
    assert_eq!(checked[0].reviewer, stage.ana.person().ok());
    assert_eq!(checked[0].expires_at.unwrap().to_rfc3339(), "2027-11-10T12:00:00+00:00");
    assert_eq!(checked[1].reviewer, None, "terms are accepted by whoever applies");

    let joined = stage.identity.admit(&stage.ana, application.id, role).await.unwrap();
    assert_eq!((joined.member.person, joined.member.status), (ben, MembershipStatus::Active));
    assert!(joined.member.party.is_some());
    assert_eq!(stage.identity.admit(&stage.ana, application.id, role).await.unwrap(), joined, "twice is once");
    let own = identity::applications_of(&stage.db.pools.orm, ben).await.unwrap();
    assert_eq!((own.len(), own[0].status, own[0].slug.as_str()), (1, ApplicationStatus::Admitted, "harbour"));
    assert_eq!(refused(stage.identity.apply(ben, "harbour", "once more").await).0, Code::Conflict);
}

#[tokio::test]
async fn a4_a_refused_document_is_submitted_again_and_reviewed_as_it_was_seen() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let ben = person(&stage.db, "Ben").await;
    stage.identity.apply(ben, "harbour", "").await.unwrap();
    let first = submit(&stage, ben, &requirements[0], pdf("blurred")).await;
    let refusal = review(&stage, ben, &first, Verdict::Refuse("nobody can read it".to_owned())).await;
    assert_eq!((refusal.status, refusal.reason.as_deref()), (RequirementStatus::Refused, Some("nobody can read it")));
    stage.clock.advance(chrono::TimeDelta::minutes(5));
    let second = submit(&stage, ben, &requirements[0], pdf("sharp")).await;
    assert_eq!((second.status, second.reason.clone(), second.reviewer), (RequirementStatus::Submitted, None, None));
    let outdated =
        Review { person: ben, requirement: requirements[0].id, submitted_at: first.submitted_at.unwrap(), verdict: Verdict::Accept };
    assert_eq!(refused(stage.identity.review(&stage.ana, outdated).await).0, Code::Conflict, "what the reviewer saw is not what is there");
    assert_eq!(review(&stage, ben, &second, Verdict::Accept).await.status, RequirementStatus::Accepted);
    let nothing = Review { person: ben, requirement: requirements[2].id, submitted_at: stage.clock.now(), verdict: Verdict::Accept };
    assert_eq!(refused(stage.identity.review(&stage.ana, nothing).await).0, Code::NotNow);
}

#[tokio::test]
async fn a4_what_does_not_fit_the_requirement_is_refused() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let ben = person(&stage.db, "Ben").await;
    stage.identity.apply(ben, "harbour", "").await.unwrap();
    let html = Answer::Document(Document { name: "x.pdf".to_owned(), bytes: Bytes::from_static(b"<html>") });
    let few = Answer::Products(vec!["bowl".to_owned(), " bowl ".to_owned()]);
    for (requirement, answer, code) in [
        (&requirements[0], html, Code::InvalidInput),
        (&requirements[0], Answer::Profile("text".to_owned()), Code::InvalidInput),
        (&requirements[1], Answer::Terms { sha256: "00".repeat(32) }, Code::Conflict),
        (&requirements[2], Answer::Profile("  ".to_owned()), Code::InvalidInput),
        (&requirements[2], pdf("x"), Code::InvalidInput),
        (&requirements[3], few, Code::InvalidInput),
    ] {
        let result = stage.identity.submit((ben, stage.coop.id), requirement.id, answer, &stage.storage).await;
        assert_eq!(refused(result).0, code, "{}", requirement.name);
    }
    let anybody = person(&stage.db, "Eve").await;
    let result = stage.identity.submit((anybody, stage.coop.id), requirements[2].id, Answer::Profile("x".to_owned()), &stage.storage).await;
    assert_eq!(refused(result).0, Code::NotFound, "who did not apply has nothing to submit");
    assert_eq!(refused(stage.identity.own_checklist(anybody, stage.coop.id).await).0, Code::NotFound);
}

#[tokio::test]
async fn a4_new_terms_are_accepted_anew() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let ben = person(&stage.db, "Ben").await;
    stage.identity.apply(ben, "harbour", "").await.unwrap();
    submit(&stage, ben, &requirements[1], accepted_terms(&requirements[1])).await;
    let other = NewRequirement { description: "Other rules.".to_owned(), ..new(RequirementKind::Terms, "House rules") };
    let changed = stage.identity.update_requirement(&stage.ana, requirements[1].id, other).await.unwrap();
    let status = async || stage.identity.own_checklist(ben, stage.coop.id).await.unwrap()[1].status;
    assert_eq!(status().await, RequirementStatus::Missing);
    submit(&stage, ben, &changed, accepted_terms(&changed)).await;
    assert_eq!(status().await, RequirementStatus::Accepted);
}

#[tokio::test]
async fn a4_an_application_is_refused_with_a_reason_or_taken_back() {
    let stage = Stage::open().await;
    door(&stage).await;
    let (ben, cleo) = (person(&stage.db, "Ben").await, person(&stage.db, "Cleo").await);
    let first = stage.identity.apply(ben, "harbour", "").await.unwrap();
    let second = stage.identity.apply(cleo, "harbour", "").await.unwrap();
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;

    let no = stage.identity.refuse_application(&stage.ana, first.id, "we have ten potters").await.unwrap();
    assert_eq!((no.status, no.reason.as_deref()), (ApplicationStatus::Refused, Some("we have ten potters")));
    assert_eq!(stage.identity.refuse_application(&stage.ana, first.id, "other words").await.unwrap(), no, "the first reason stays");
    assert_eq!(refused(stage.identity.admit(&stage.ana, first.id, role).await).0, Code::Conflict);
    assert_eq!(refused(stage.identity.withdraw_application(ben, stage.coop.id, first.id).await).0, Code::Conflict);
    stage.identity.apply(ben, "harbour", "and yet").await.unwrap();

    assert_eq!(refused(stage.identity.withdraw_application(ben, stage.coop.id, second.id).await).0, Code::NotFound, "it is Cleo's");
    let back = stage.identity.withdraw_application(cleo, stage.coop.id, second.id).await.unwrap();
    assert_eq!(back.status, ApplicationStatus::Withdrawn);
    assert_eq!(stage.identity.withdraw_application(cleo, stage.coop.id, second.id).await.unwrap().status, back.status);
    assert_eq!(refused(stage.identity.refuse_application(&stage.ana, second.id, "x").await).0, Code::Conflict);
    let open = stage.identity.applications(&stage.ana, ApplicationStatus::Open, None, 10).await.unwrap();
    assert_eq!(open.iter().map(|one| one.person).collect::<Vec<_>>(), [ben]);
}

#[tokio::test]
async fn a4_a_closed_door_is_not_there() {
    let stage = Stage::open().await;
    let ben = person(&stage.db, "Ben").await;
    for slug in ["harbour", "nowhere"] {
        assert_eq!(refused(stage.identity.open_door(slug).await).0, Code::NotFound);
        assert_eq!(refused(stage.identity.apply(ben, slug, "").await).0, Code::NotFound);
    }
    door(&stage).await;
    stage.identity.suspend_coop(&stage.ana, "full").await.unwrap();
    assert_eq!(refused(stage.identity.apply(ben, "harbour", "").await).0, Code::NotFound);
}

#[tokio::test]
async fn a4_requirements_and_applications_take_the_permission_and_stay_in_their_coop() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let ben = person(&stage.db, "Ben").await;
    let application = stage.identity.apply(ben, "harbour", "").await.unwrap();
    let seen = submit(&stage, ben, &requirements[2], Answer::Profile("I turn bowls.".to_owned())).await;
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    let judge =
        Review { person: ben, requirement: seen.requirement.id, submitted_at: seen.submitted_at.unwrap(), verdict: Verdict::Accept };
    let mia = acting(&stage.db, &stage.coop, "Mia", "member").await;
    let eve = stage.stranger().await;
    for (who, code) in [(&mia, Code::Forbidden), (&eve, Code::NotFound)] {
        for result in [
            stage.identity.update_requirement(who, requirements[0].id, new(RequirementKind::Document, "x")).await.map(|_| ()),
            stage.identity.retire_requirement(who, requirements[0].id).await,
            stage.identity.review(who, judge.clone()).await.map(|_| ()),
            stage.identity.application(who, application.id).await.map(|_| ()),
            stage.identity.admit(who, application.id, role).await.map(|_| ()),
            stage.identity.refuse_application(who, application.id, "x").await.map(|_| ()),
        ] {
            assert_eq!(refused(result).0, code);
        }
    }
    for result in [
        stage.identity.requirements(&mia).await.map(|_| ()),
        stage.identity.create_requirement(&mia, new(RequirementKind::Profile, "x")).await.map(|_| ()),
        stage.identity.checklist(&mia, ben).await.map(|_| ()),
        stage.identity.applications(&mia, ApplicationStatus::Open, None, 10).await.map(|_| ()),
    ] {
        assert_eq!(refused(result).0, Code::Forbidden);
    }
    assert!(stage.identity.requirements(&eve).await.unwrap().is_empty());
    assert!(stage.identity.checklist(&eve, ben).await.unwrap().is_empty());
    assert!(stage.identity.applications(&eve, ApplicationStatus::Open, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_reviews_what_they_submitted_themselves() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let organiser = acting(&stage.db, &stage.coop, "Olga", "organiser").await;
    let own = organiser.person().unwrap();
    let seen = submit(&stage, own, &requirements[2], Answer::Profile("I am Olga.".to_owned())).await;
    let judge =
        Review { person: own, requirement: seen.requirement.id, submitted_at: seen.submitted_at.unwrap(), verdict: Verdict::Accept };
    assert_eq!(refused(stage.identity.review(&organiser, judge).await).0, Code::Forbidden);
    assert_eq!(review(&stage, own, &seen, Verdict::Accept).await.status, RequirementStatus::Accepted);
    assert_eq!(actor(&stage.db, own, "harbour").await.person(), Ok(own));
}

#[tokio::test]
async fn a_requirement_that_cannot_be_one_is_refused_and_a_retired_one_is_gone() {
    let stage = Stage::open().await;
    let requirements = door(&stage).await;
    let wrong = [
        NewRequirement { name: " ".to_owned(), ..new(RequirementKind::Profile, "x") },
        NewRequirement { description: String::new(), ..new(RequirementKind::Terms, "x") },
        NewRequirement { minimum: Some(3), ..new(RequirementKind::Profile, "x") },
        NewRequirement { minimum: None, ..new(RequirementKind::MinimumProducts, "x") },
        NewRequirement { minimum: Some(0), ..new(RequirementKind::MinimumProducts, "x") },
        NewRequirement { expires_after_days: Some(0), ..new(RequirementKind::Document, "x") },
    ];
    for new in wrong {
        assert_eq!(refused(stage.identity.create_requirement(&stage.ana, new.clone()).await).0, Code::InvalidInput, "{new:?}");
    }
    assert_eq!(refused(stage.identity.create_requirement(&stage.ana, new(RequirementKind::Profile, "INSURANCE")).await).0, Code::Conflict);
    let other = new(RequirementKind::Profile, "Insurance");
    assert_eq!(refused(stage.identity.update_requirement(&stage.ana, requirements[0].id, other).await).0, Code::InvalidInput);
    stage.identity.retire_requirement(&stage.ana, requirements[0].id).await.unwrap();
    assert_eq!(refused(stage.identity.retire_requirement(&stage.ana, requirements[0].id).await).0, Code::NotFound);
    assert_eq!(stage.identity.requirements(&stage.ana).await.unwrap().len(), 3);
    stage.identity.create_requirement(&stage.ana, new(RequirementKind::Document, "Insurance")).await.unwrap();
}
