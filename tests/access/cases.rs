//! A question for each root field of the door, for the walk over the graph.

use serde_json::{Value, json};

/// Root field, whether somebody has to be signed in, the question, its variables. What ends the session or the factor that
/// the walk itself lives on is not here but in `tests/graph/untried.txt`.
#[expect(clippy::too_many_lines, reason = "a table: a row for each root field")]
pub(crate) fn cases() -> Vec<(&'static str, bool, &'static str, Value)> {
    let made_up = json!({"ceremony": "018f4f2e-7b1a-7c3d-9e2f-1a2b3c4d5e6f", "credential": {}, "token": "made up"});
    vec![
        ("me", true, "{ me { id name email hasTotp recoveryCodesLeft } }", json!({})),
        ("sessions", true, "{ sessions { id device isThis } }", json!({})),
        ("accessEvents", true, "{ accessEvents { nodes { id kind device from sessionId at } } }", json!({})),
        (
            "signUp",
            false,
            "mutation { signUp(input: {name: \"Walk\", email: \"walk@example.org\", password: \"seven boats at dusk\"}) { letterSent problems { code } } }",
            json!({}),
        ),
        ("verifyEmail", false, "mutation ($token: String!) { verifyEmail(token: $token) { verified problems { code } } }", made_up.clone()),
        (
            "answerChallenge",
            false,
            "mutation ($token: String!) { answerChallenge(token: $token, factor: {totp: \"000000\"}) { tokens { accessToken } problems { code } } }",
            made_up.clone(),
        ),
        (
            "requestPasswordReset",
            false,
            "mutation { requestPasswordReset(email: \"walk@example.org\") { letterSent problems { code } } }",
            json!({}),
        ),
        (
            "resetPassword",
            false,
            "mutation ($token: String!) { resetPassword(token: $token, password: \"seven boats at dusk\") { reset problems { code } } }",
            made_up.clone(),
        ),
        ("startPasskeySignIn", false, "mutation { startPasskeySignIn { ceremony { id } problems { code } } }", json!({})),
        (
            "finishPasskeySignIn",
            false,
            "mutation ($ceremony: UUID!, $credential: JSON!) { finishPasskeySignIn(ceremony: $ceremony, credential: $credential) { tokens { accessToken } problems { code } } }",
            made_up.clone(),
        ),
        (
            "signIn",
            false,
            "mutation { signIn(email: \"ada@example.org\", password: \"seven boats at dawn\") { signedIn { challenge { takesTotp } } problems { code } } }",
            json!({}),
        ),
        ("revokeOtherSessions", true, "mutation { revokeOtherSessions { revoked problems { code } } }", json!({})),
        (
            "changePassword",
            true,
            "mutation { changePassword(present: \"seven boats at dawn\", new: \"seven boats at dawn\") { changed problems { code } } }",
            json!({}),
        ),
        ("enrolTotp", true, "mutation { enrolTotp(password: \"seven boats at dawn\") { enrolment { url } problems { code } } }", json!({})),
        ("confirmTotp", true, "mutation { confirmTotp(code: \"000000\") { steppedUp { accessToken } problems { code } } }", json!({})),
        ("regenerateRecoveryCodes", true, "mutation { regenerateRecoveryCodes { recoveryCodes problems { code } } }", json!({})),
        (
            "startPasskeyRegistration",
            true,
            "mutation { startPasskeyRegistration(password: \"\") { ceremony { id } problems { code } } }",
            json!({}),
        ),
        (
            "finishPasskeyRegistration",
            true,
            "mutation ($ceremony: UUID!, $credential: JSON!) { finishPasskeyRegistration(ceremony: $ceremony, name: \"Key\", credential: $credential) { steppedUp { accessToken } problems { code } } }",
            made_up.clone(),
        ),
        (
            "showFactor",
            true,
            "mutation ($ceremony: UUID!, $credential: JSON!) { showFactor(factor: {passkey: {ceremony: $ceremony, credential: $credential}}) { steppedUp { accessToken } problems { code } } }",
            made_up,
        ),
        (
            "changeEmail",
            true,
            "mutation { changeEmail(password: \"seven boats at dawn\", email: \"walked@example.org\") { letterSent problems { code } } }",
            json!({}),
        ),
    ]
}
