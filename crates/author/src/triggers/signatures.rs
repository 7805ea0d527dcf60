//! How the calls of a webhook are signed: `signed with hmac-sha256 in header x-sig`, `only with a valid GitHub
//! signature`.

use codex32_model::definition::Scheme;

use super::guards::{divides, drop};
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Token};

/// `accept calls on the webhook x only if they are signed …` → `when the webhook x arrives , signed …`; what
/// brackets say of the signature stands without them.
pub(super) fn accepting(tokens: &mut Vec<Token>) {
    let signs = |token: &Token| {
        token.any(&[
            "signed",
            "signature",
            "signatures",
            "signiert",
            "signatur",
            "verified",
            "hmac",
        ]) || token.is_word() && token.low.starts_with("hmac-")
    };
    let open = tokens.iter().position(|token| token.is_mark('('));
    let close = tokens.iter().position(|token| token.is_mark(')'));
    if let (Some(open), Some(close)) = (open, close)
        && open < close
        && tokens[open..close].iter().any(|token| signs(token) || token.is("header"))
    {
        let mut at = open;
        let mut left = close - open + 1;
        while left > 0 {
            left -= 1;
            match tokens[at].kind {
                Kind::Mark(_) => {
                    tokens.remove(at);
                }
                _ => at += 1,
            }
        }
    }
    // `signed by our till`: by whom says nothing.
    if let Some(signed) = tokens.iter().position(|token| token.any(&["signed", "signiert"])) {
        let by = tokens.get(signed + 1).is_some_and(|token| token.any(&["by", "von"]));
        let mut end = signed + 2;
        while tokens.get(end).is_some_and(|token| token.any(ARTICLES)) {
            end += 1;
        }
        let who = tokens.get(end).is_some_and(|token| token.is_word() && !signs(token));
        let known = tokens
            .get(end)
            .is_some_and(|token| token.any(&["github", "stripe", "slack", "shopify"]));
        if by && who && !known {
            tokens.drain(signed + 1..=end);
        }
    }
    let accepts = tokens.iter().take(3).any(|token| {
        token.any(&[
            "accept",
            "accepts",
            "allow",
            "take",
            "ensure",
            "sure",
            "check",
            "akzeptiere",
            "nimm",
        ])
    });
    let Some(hook) =
        tokens.iter().take(9).position(|token| token.is("webhook")).filter(|_| accepts)
    else {
        return;
    };
    let named = tokens
        .get(hook + 1)
        .is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Path));
    let end = tokens.iter().position(divides).unwrap_or(tokens.len());
    let Some(sign) = (hook + 2..end).find(|at| signs(&tokens[*at])).filter(|_| named) else {
        return;
    };
    let model = tokens[0].clone();
    let made = |word: &str| crate::phrasing::made(&model, word);
    let whose: Vec<Token> = tokens[..sign]
        .iter()
        .filter(|token| token.any(&["github", "stripe", "slack", "github's", "stripe's"]))
        .cloned()
        .collect();
    let mut words = vec![
        made("when"),
        made("the"),
        tokens[hook].clone(),
        tokens[hook + 1].clone(),
        made("arrives"),
        made(","),
    ];
    words.extend(whose);
    tokens.splice(..sign, words);
}

/// `signed with hmac-sha256 in header x-sig`, `check the GitHub signature`, `Signatur im Header x-sig`.
pub(super) fn verify(tokens: &mut Vec<Token>) -> Option<(Scheme, Option<String>)> {
    let signs = |token: &Token| {
        token.any(&[
            "signed",
            "signature",
            "signatures",
            "signiert",
            "signierte",
            "signierter",
            "signierten",
            "signatur",
            "signaturen",
            "unterschrift",
            "hmac",
            "verified",
            "verify",
            "verifies",
            "signing",
        ]) || token.is_word()
            && (token.low.starts_with("hmac-")
                || token.low.ends_with("-signed")
                || token.low.ends_with("-signatur"))
    };
    let at = tokens.iter().position(signs)?;
    // `verify the address` is a deed.
    let sure = tokens[at..].iter().take(8).take_while(|token| !token.is_mark('.')).any(|token| {
        signs(token) && !token.any(&["verify", "verified", "verifies"])
            || token.any(&["hmac", "standard", "secret"])
    });
    if !sure {
        return None;
    }
    let little = |token: &Token| {
        signs(token)
            || token.any(ARTICLES)
            || token.any(&[
                "is",
                "are",
                "check",
                "checks",
                "checked",
                "verify",
                "with",
                "by",
                "using",
                "in",
                "im",
                "header",
                "headers",
                "github",
                "stripe",
                "slack",
                "standard",
                "webhooks",
                "shopify",
                "pruefe",
                "pruefen",
                "geprueft",
                "mit",
                "per",
                "ueber",
                "secret",
                "sha256",
                "sha-256",
                "as",
                "als",
                "valid",
                "must",
                "be",
                "come",
                "comes",
                "requests",
                "request",
                "only",
                "accept",
                "accepts",
                "sind",
                "ist",
                "muss",
                "gueltige",
                "gueltiger",
                "gueltig",
                "nur",
                "from",
                "via",
                "field",
                "sent",
                "carries",
                "carry",
                "steht",
                "its",
                "of",
                "kopfzeile",
                "signieren",
                "werden",
                "wird",
                "haben",
                "traegt",
                "tragen",
            ])
            || token.is_word() && token.low.starts_with("x-")
            || token.is_word() && token.text.contains("-signature")
    };
    let mut from = at;
    while from > 0 && little(&tokens[from - 1]) && !tokens[from - 1].any(&["webhooks"]) {
        from -= 1;
    }
    let mut end = at + 1;
    while tokens.get(end).is_some_and(little) {
        // The name of the header ends it.
        let header =
            tokens[end].text.contains('-') && !signs(&tokens[end]) && !tokens[end].is("sha-256");
        end += 1;
        if header {
            break;
        }
    }
    let span = &tokens[from..end];
    let says = |words: &[&str]| span.iter().any(|token| token.any(words));
    let begins = |prefix: &str| span.iter().any(|token| token.low.starts_with(prefix));
    let header = span
        .iter()
        .find(|token| {
            token.is_word()
                && token.text.contains('-')
                && !token.low.starts_with("hmac")
                && !token.low.starts_with("sha")
                && !token.low.ends_with("-signed")
                && (token.low.starts_with("x-") || !token.low.ends_with("-signatur"))
        })
        .map(|token| token.low.clone())
        .or_else(|| {
            let named = span.iter().position(|token| token.any(&["header", "kopfzeile"]))?;
            span.get(named + 1).filter(|token| token.is("signature")).map(|token| token.low.clone())
        });
    // `accept GitHub's calls on the webhook x, verify the signature`
    let calls = |name: &str| {
        tokens.windows(3).any(|window| {
            window[0].is(name)
                && window[1..].iter().any(|token| {
                    token.any(&["calls", "requests", "deliveries", "aufrufe", "anfragen"])
                })
        }) || tokens.windows(3).any(|window| {
            window[0].any(&["calls", "requests", "aufrufe", "anfragen"])
                && window[1].any(&["from", "von"])
                && window[2].is(name)
        })
    };
    let scheme = if says(&["github"]) || begins("github-") || calls("github") {
        Scheme::GitHub
    } else if says(&["stripe"]) || begins("stripe-") || calls("stripe") {
        Scheme::Stripe
    } else if says(&["slack"]) || begins("slack-") {
        Scheme::Slack
    } else if header.is_some() {
        Scheme::HmacSha256
    } else {
        Scheme::Standard
    };
    let header = header.filter(|_| scheme == Scheme::HmacSha256);
    drop(tokens, from..end);
    Some((scheme, header))
}
