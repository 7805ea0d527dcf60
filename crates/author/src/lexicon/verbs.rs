//! Verb tables: base forms in English; imperatives in `-e`, irregular forms and infinitives with a
//! separable prefix in German (other endings are found by rule).

use super::{Ai, Op};

pub const EN: &[(Op, &str)] = &[
    (
        Op::Fetch,
        "get fetch pull retrieve grab download load read scrape crawl query poll check ping monitor \
        watch observe head request visit hit inspect probe call obtain consult look compare",
    ),
    (
        Op::Send,
        "send post forward push submit deliver pass publish transmit relay route share upload hand \
        transfer direct redirect put dispatch write drop",
    ),
    (Op::Put, "put"),
    (Op::Patch, "patch"),
    (
        Op::Notify,
        "notify tell alert inform warn remind message page announce report text dm say shout ping-people \
        escalate congratulate greet welcome thank let nudge phone ring dial complain",
    ),
    (Op::Email, "email e-mail mail"),
    (Op::Respond, "answer respond reply"),
    (Op::Return, "return output give"),
    (Op::Wait, "wait pause sleep delay hold"),
    (Op::Run, "run rerun start launch execute invoke kick"),
    (Op::Emit, "emit raise fire broadcast"),
    (Op::Approve, "approve"),
    (Op::Ai(Ai::Summarise), "summarise summarize condense"),
    (Op::Ai(Ai::Classify), "classify categorise categorize triage"),
    (Op::Ai(Ai::Translate), "translate"),
    (Op::Ai(Ai::Extract), "extract"),
    (Op::Ai(Ai::Write), "rewrite rephrase draft generate compose proofread analyse analyze"),
    (Op::Log, "log"),
    (Op::Remember, "remember memorise memorize"),
    (Op::Count, "count"),
    (Op::Compute, "calculate compute sum multiply add-up average"),
    (Op::Retry, "retry try attempt"),
    (Op::Stop, "ignore skip stop"),
    (Op::Delete, "delete remove purge"),
    (
        Op::Other,
        "create add append upsert insert update save store open file list find search copy move sync archive tag \
        label mark assign close invite schedule book record back backup detect clean import export process \
        convert merge deduplicate filter sort play turn set track enrich validate verify replace rename print select \
        order buy pay charge refund deploy build restart shut block ban trigger ask make do handle react comment star \
        keep take tweet retweet only-keep subscribe unsubscribe cancel parse render resize compress encrypt unzip scan reset draw paint illustrate sketch \
        fulfil fulfill note jot",
    ),
];

pub const DE: &[(Op, &str)] = &[
    (
        Op::Fetch,
        "abrufen abruft rufe ruf ruft hole hol laden lade lese lies abfragen abfragt pruefe checke \
        ueberwache scrape anpingen pinge herunterladen beziehe beobachte kontrolliere aufrufen aufruft \
        auslesen ausliest abholen abgerufen abgefragt anfragen ziehe teste einlesen runterladen nachsehen schaue vergleiche vergleichen",
    ),
    (
        Op::Send,
        "sende schicke schick verschicke versende poste post weiterleiten weiterleitet leite uebermittle \
        uebermitteln uebergebe uebergib veroeffentliche absende zusende abschicke gesendet geschickt gepostet \
        uebertrage teile hochladen weitergeben weitergeleitet verschickt weiterreichen reiche stelle \
        reinstellen einstellen zuschicken reinschreiben",
    ),
    (Op::Put, "put"),
    (Op::Patch, "patche"),
    (
        Op::Notify,
        "benachrichtige informiere sage sag melde meld warne erinnere schreibe schreib alarmiere \
        verstaendige mitteilen mitteilt mitgeteilt bescheid hinweisen ankuendige gemeldet informiert \
        benachrichtigt anrufe anrufen telefoniere gruesse begruesse gratuliere frage frag \
        vorschlage vorschlagen anbieten anbiete bitten",
    ),
    (Op::Email, "maile mail emaile e-maile anmaile"),
    (Op::Respond, "antworte antwort beantworte erwidere"),
    (
        Op::Return,
        "zurueckgeben zurueckgibt zurueckgegeben gib gebe liefere ausgeben ausgibt zurueckliefern",
    ),
    (Op::Wait, "warte pausiere abwarten"),
    (Op::Run, "starte ausfuehren fuehre laufen laufenlassen anstossen angestossen"),
    (Op::Emit, "ausloesen loese emittiere feuere"),
    (Op::Approve, "genehmige genehmigen freigebe freigeben freigibt"),
    (Op::Ai(Ai::Summarise), "zusammenfassen zusammenfasst fasse fass zusammengefasst"),
    (
        Op::Ai(Ai::Classify),
        "klassifiziere kategorisiere einordne ordne einordnen einstufe einstufen einteile einteilen \
         einsortiere einsortieren",
    ),
    (Op::Ai(Ai::Translate), "uebersetze uebersetz"),
    (Op::Ai(Ai::Extract), "extrahiere"),
    (Op::Ai(Ai::Write), "formuliere analysiere generiere erzeuge umformuliere entwerfe entwirf"),
    (Op::Log, "protokolliere logge festhalten mitschreiben"),
    (Op::Remember, "merke merk"),
    (Op::Count, "zaehle mitzaehle mitzaehlen hochzaehle hochzaehlen"),
    (Op::Compute, "berechne summiere addiere multipliziere"),
    (Op::Retry, "wiederhole versuche versuch"),
    (Op::Stop, "ignoriere ueberspringe abbreche abbrechen beende stoppe verwerfe verwirf"),
    (Op::Delete, "loesche entferne leere leeren"),
    (
        Op::Other,
        "erstelle anlege anlegen lege hinzufuegen fuege eintragen trage speichere aktualisiere oeffne \
        schliesse verschiebe suche finde synchronisiere archiviere markiere buche kopiere exportiere importiere \
        verarbeite konvertiere filtere sortiere sichere mache tue bestelle bezahle eroeffne setze einfuegen \
        anhaengen haenge bereinige schalte spiele drucke ablegen ablege ausgeben nimm nehme eintraegt anlegt \
        hinterlege versehe kennzeichne zeichne male auflisten liste reserviere plane zuweise behalte tagge labele ergaenze erhoehe \
        uebernehme uebernehmen uebernimm notiere erfasse einpflege einpflegen spiegle vermerke",
    ),
];
