use super::*;

const BODY: &[u8] = br#"{"id":"evt_1"}"#;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn run(
    scheme: Scheme,
    secret: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyError> {
    let signed = Signed { scheme, secret, header: None, body };
    let find = |name: &str| headers.iter().find(|(have, _)| *have == name).map(|(_, value)| *value);
    check(&signed, find, now, TOLERANCE)
}

/// Signature right; then with another body, secret and time.
fn holds(scheme: Scheme, secret: &str, headers: &[(&str, &str)], body: &[u8], time: Option<i64>) {
    let now = at(time.unwrap_or(0));
    assert_eq!(run(scheme, secret, headers, body, now), Ok(()));
    let mut other = body.to_vec();
    other[0] ^= 1;
    assert_eq!(run(scheme, secret, headers, &other, now), Err(VerifyError::Wrong));
    // Still base64 where the scheme wants it.
    let other = format!("whsec_{}", STANDARD.encode("another secret"));
    assert_eq!(run(scheme, &other, headers, body, now), Err(VerifyError::Wrong));
    assert!(matches!(run(scheme, "  ", headers, body, now), Err(VerifyError::Secret(_))));
    assert!(matches!(run(scheme, secret, &[], body, now), Err(VerifyError::Missing(_))));
    for apart in [-300, 300] {
        assert_eq!(run(scheme, secret, headers, body, at(time.unwrap_or(0) + apart)), Ok(()));
    }
    for apart in [-301, 301] {
        let result = run(scheme, secret, headers, body, at(time.unwrap_or(0) + apart));
        let expected = if time.is_some() { Err(VerifyError::Old) } else { Ok(()) };
        assert_eq!(result, expected);
    }
}

/// The example of <https://www.standardwebhooks.com> and of its reference libraries.
#[test]
fn standard_webhooks() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let rotated = format!("v1,{} v2,x {signature}", STANDARD.encode([7; 32]));
    let body = br#"{"test": 2432232314}"#;
    for prefix in ["webhook", "svix"] {
        let (id, time, name) =
            (format!("{prefix}-id"), format!("{prefix}-timestamp"), format!("{prefix}-signature"));
        for signature in [signature, &rotated] {
            let headers = [
                (id.as_str(), "msg_p5jXN8AQM9LWM0D4loKWxJek"),
                (time.as_str(), "1614265330"),
                (name.as_str(), signature),
            ];
            holds(Scheme::Standard, secret, &headers, body, Some(1_614_265_330));
        }
    }
    let plain = secret.strip_prefix("whsec_").expect("prefix");
    let headers = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", signature),
    ];
    assert_eq!(run(Scheme::Standard, plain, &headers, body, at(1_614_265_330)), Ok(()));
    let error = run(Scheme::Standard, "not base64!", &headers, body, at(1_614_265_330));
    assert_eq!(error.expect_err("secret").code().text, "E-CONN-033");
}

/// The example of GitHub's page on validating webhook deliveries.
#[test]
fn github() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("x-hub-signature-256", signature)];
    holds(Scheme::GitHub, "It's a Secret to Everybody", &headers, b"Hello, World!", None);
}

/// Computed with Python's hmac.
#[test]
fn stripe() {
    let signature = "e135cdbed3dda004bf8a2fb350f2541d299393c770e0b9e6e319dc595e9072aa";
    let old = "0".repeat(64);
    for header in [
        format!("t=1614265330,v1={signature}"),
        format!("t=1614265330,v1={old},v1={signature},v0={old}"),
    ] {
        let headers = [("stripe-signature", header.as_str())];
        holds(Scheme::Stripe, "whsec_test_secret", &headers, BODY, Some(1_614_265_330));
    }
    // A later time with the old signature.
    let header = format!("t=1614265331,v1={signature}");
    let headers = [("stripe-signature", header.as_str())];
    let result = run(Scheme::Stripe, "whsec_test_secret", &headers, BODY, at(1_614_265_331));
    assert_eq!(result, Err(VerifyError::Wrong));
}

/// Computed with Python's hmac.
#[test]
fn generic_signatures_in_hex_and_base64_with_and_without_prefix_and_time() {
    let hex = "52e22fab8bd4d554a45d7eac5d2fba4e3d60d644693caa6b4c875088ded3ab9d";
    let base64 = "UuIvq4vU1VSkXX6sXS+6Tj1g1kRpPKprTIdQiN7Tq50=";
    let prefixed = format!("sha256={hex}");
    for given in [hex, &hex.to_uppercase(), base64, &prefixed] {
        holds(Scheme::HmacSha256, "topsecret", &[("x-signature", given)], BODY, None);
    }
    let timed = "e911ba8f901463340e3957eacfd3fd9d7d00711d9659f17acc818ad24c369692";
    let headers = [("x-signature", timed), ("x-timestamp", "1614265330")];
    holds(Scheme::HmacSha256, "topsecret", &headers, BODY, Some(1_614_265_330));
    // A time that is not signed is no time.
    let headers = [("x-signature", hex), ("x-timestamp", "1")];
    assert_eq!(run(Scheme::HmacSha256, "topsecret", &headers, BODY, at(0)), Ok(()));

    let signed = Signed {
        scheme: Scheme::HmacSha256,
        secret: "topsecret",
        header: Some("X-Shop-Hmac"),
        body: BODY,
    };
    let find = |name: &str| (name == "x-shop-hmac").then_some(hex);
    assert_eq!(check(&signed, find, at(0), TOLERANCE), Ok(()));
}

#[test]
fn what_cannot_be_read_is_told_from_what_is_wrong() {
    let headers = [("x-hub-signature-256", "sha256=zz")];
    let result = run(Scheme::GitHub, "secret", &headers, BODY, at(0));
    assert_eq!(result, Err(VerifyError::Unreadable("x-hub-signature-256".to_owned())));
    let headers = [("stripe-signature", "v1=00")];
    let result = run(Scheme::Stripe, "secret", &headers, BODY, at(0));
    assert_eq!(result, Err(VerifyError::Unreadable("stripe-signature".to_owned())));
}

/// The example of Slack's page on verifying requests.
#[test]
fn slack() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
        &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
        &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
        %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let headers = [
        ("x-slack-request-timestamp", "1531420618"),
        (
            "x-slack-signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ];
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    holds(Scheme::Slack, secret, &headers, body, Some(1_531_420_618));
}
