//! Wishes that name no deed: `answer our customers a bit faster`, `it should all run more smoothly`. Nothing in them
//! says what starts a bot or what it does, so what is meant is asked.

use crate::clauses::Vocabulary;
use crate::text::{Kind, Token};

/// Words that tell how, and not what.
const HOW: &str = "faster better quicker sooner easier smoother smoothly properly somehow efficient \
    efficiently automatically less improve organised organized nicer regularly reliable \
    reliably earlier beforehand schneller besser einfacher irgendwie ordentlich vernuenftig \
    effizienter reibungsloser zuverlaessiger verbessern frueher regelmaessig rechtzeitig \
    vorher zeitnah zeitnaher uebersichtlicher manchmal something";
/// Words by which a start, a place or a thing is named after all.
const NAMED: &str = "when whenever webhook event form if every each wenn sobald falls ereignis formular bei \
    jede jeden jedes jeder email mail sms e-mail daily weekly taeglich woechentlich bot \
    hourly list input ai ki text draft database sheet row http api new neue neuen neuer";

/// Whether nothing in the sentence can be done by a bot.
pub fn vague(tokens: &[Token], known: &dyn Vocabulary) -> bool {
    let how = tokens.iter().any(|token| token.among(HOW))
        || tokens.windows(2).any(|pair| pair[0].is("should") && pair[1].is("be"));
    let named = tokens.iter().any(|token| {
        token.number.is_some()
            || !matches!(token.kind, Kind::Word | Kind::Mark(_))
            || token.among(NAMED)
            || token.is_word() && known.is_name(&token.low)
    });
    how && !named && tokens.len() < 32
}
