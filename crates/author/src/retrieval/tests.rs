use super::{Choice, Found, Listing, Matcher, Weights, measure};

const LISTING: &str = r#"{
    "TrelloAPI": {"triggers": ["card", "board"], "actions": ["card", "list"]},
    "GoogleMailV2API": {"triggers": ["email"], "actions": ["send", "label"]},
    "ZebraCrmAPI": {"triggers": ["new_lead", "deal_won"], "actions": ["create_lead", "add_note"]},
    "PaperPlaneDevAPI": {"triggers": ["message"], "actions": ["send_message"]},
    "InventoryHubAPI": {"triggers": ["LOW_STOCK"], "actions": ["newOrder", "update_stock"]}
}"#;

fn matcher() -> Matcher {
    Matcher::new(&serde_json::from_str::<Listing>(LISTING).unwrap())
}

fn first(found: &Found) -> (String, String) {
    let name = |choice: &Choice| format!("{}.{}", choice.app, choice.id);
    (name(&found.trigger[0]), name(&found.action[0]))
}

#[test]
fn the_weights_that_are_shipped_can_be_read() {
    let weights = Weights::read(include_bytes!("weights.bin")).unwrap();
    assert!(weights.len() > 1_000);
    assert_eq!(weights.write(), include_bytes!("weights.bin"));
    assert!(Weights::read(&[0, 0]).is_none());
}

#[test]
fn apps_that_were_never_seen_are_found_by_name_and_id() {
    for (title, trigger, action) in [
        (
            "Zebra Crm New Lead to Paper Plane Send Message",
            "ZebraCrmAPI.new_lead",
            "PaperPlaneDevAPI.send_message",
        ),
        (
            "Create Zebra Crm note from Paper Plane messages",
            "PaperPlaneDevAPI.message",
            "ZebraCrmAPI.add_note",
        ),
        (
            "Paper Plane message for low stock in Inventory Hub",
            "InventoryHubAPI.LOW_STOCK",
            "PaperPlaneDevAPI.send_message",
        ),
        (
            "Inventory Hub low stock to Zebra Crm add note",
            "InventoryHubAPI.LOW_STOCK",
            "ZebraCrmAPI.add_note",
        ),
    ] {
        let found = matcher().find(title, "");
        assert_eq!(first(&found), (trigger.to_owned(), action.to_owned()), "{title}");
    }
}

#[test]
fn known_apps_are_found_by_what_people_call_them() {
    let found = matcher().find("New Gmail mail to Trello card", "Turn emails into cards.");
    assert_eq!(first(&found), ("GoogleMailV2API.email".to_owned(), "TrelloAPI.card".to_owned()));
    let back = matcher().find("Send a mail with Gmail for each new Trello card", "");
    assert_eq!(first(&back), ("TrelloAPI.card".to_owned(), "GoogleMailV2API.send".to_owned()));
}

#[test]
fn lists_hold_five_at_most_and_nothing_twice() {
    let found = matcher().find("Zebra", "");
    assert_eq!((found.trigger.len(), found.action.len()), (5, 5));
    for (at, choice) in found.action.iter().enumerate() {
        assert!(!found.action[..at].contains(choice));
    }
    assert_eq!(found, matcher().find("Zebra", ""));
}

#[test]
fn an_empty_catalogue_and_an_empty_text_have_answers() {
    let nothing = Matcher::new(&Listing::default()).find("Trello to Gmail", "x");
    assert!(nothing.trigger.is_empty() && nothing.action.is_empty());
    assert_eq!(matcher().find("", "").trigger.len(), 5);
}

#[test]
fn shares_count_only_cases_that_say_what_is_right() {
    let right = r#"{"title": "Zebra Crm New Lead to Paper Plane Send Message", "description": "", "event_channel": "ZebraCrmAPI",
        "event": "new_lead", "action_channel": "PaperPlaneDevAPI", "action": "send_message"}"#
        .replace('\n', " ");
    let wrong = right.replace("new_lead", "deal_won").replace("PaperPlaneDevAPI", "TrelloAPI");
    let cases = format!("{right}\n\n{wrong}\n{{\"title\": \"Trello to Gmail\"}}\n");
    let measured = measure(&cases, &matcher()).unwrap();
    assert_eq!(measured.items.len(), 3);
    let both = measured.both;
    assert_eq!((both.cases, both.apps, both.first, both.listed), (2, 1, 1, 1));
    assert!(measure("{\"title\": 3}", &matcher()).unwrap_err().to_string().contains("line 1"));
}
