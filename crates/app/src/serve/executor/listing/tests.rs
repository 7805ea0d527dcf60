use super::*;

fn way(allow: &[&str], approve: Option<bool>, hints: Json) -> Option<String> {
    let allow: Vec<String> = allow.iter().map(|name| (*name).to_owned()).collect();
    let to = ["read", "write", "ask"].map(str::to_owned);
    let server = Server { name: "files", allow: &allow, approve, to: &to };
    server.way("tool", &hints).map(str::to_owned)
}

#[test]
fn what_a_server_says_of_a_tool_decides_how_it_is_used() {
    let (reads, adds) = (json!({ "read_only": true }), json!({ "destructive": false }));
    let (destroys, silent) = (json!({ "destructive": true }), json!({}));
    let is = |way: &str| Some(way.to_owned());
    assert_eq!(way(&[], None, reads.clone()), is("read"));
    assert_eq!(way(&[], None, adds), is("write"));
    // A server that says nothing may destroy.
    assert_eq!(way(&[], None, silent.clone()), is("ask"));
    assert_eq!(way(&[], Some(false), silent.clone()), is("write"));
    // One that is known to destroy has to be named.
    assert_eq!(way(&[], Some(false), destroys.clone()), None);
    assert_eq!(way(&["tool"], None, destroys.clone()), is("ask"));
    assert_eq!(way(&["tool"], Some(false), destroys), is("write"));
    assert_eq!(way(&["other"], None, silent), None);
    assert_eq!(way(&[], Some(true), reads), is("ask"));
}

#[test]
fn names_are_such_as_providers_take() {
    let mut listed = Listed::default();
    let long = "x".repeat(100);
    for name in ["files-a/b.c", "files-a_b_c", &long, &long] {
        listed.add(name, "", json!({}), "to", None);
    }
    let names: Vec<_> = listed.0.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(&names[..2], ["files-a_b_c", "files-a_b_c_2"]);
    assert!(names.iter().all(|name| name.len() <= 64));
    assert_ne!(names[2], names[3]);
}
