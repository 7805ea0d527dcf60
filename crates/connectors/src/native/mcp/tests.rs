use super::*;

#[test]
fn programs_are_what_the_server_is_started_with() {
    let programs =
        Programs::parse(["files=node \"/srv/my server/index.js\" /srv/files", "time=uvx"]).unwrap();
    assert_eq!(programs.0["files"], ["node", "/srv/my server/index.js", "/srv/files"]);
    assert_eq!(format!("{programs:?}"), r#"{"files", "time"}"#);
    for wrong in ["node", "=node", "a b=node", "files=", "files=  "] {
        assert_eq!(Programs::parse([wrong]).unwrap_err(), format!("`{wrong}` is not NAME=COMMAND"));
    }
    assert!(Programs::parse(["a=x", "a=y"]).unwrap_err().contains("two programs `a`"));
    let refused = Programs::default().command("sh").unwrap_err();
    assert_eq!(refused.code, codes::MCP_PROGRAM);
}
