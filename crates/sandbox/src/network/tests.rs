use super::allowed;

fn ok(network: &[&str], address: &str) -> bool {
    let network: Vec<String> = network.iter().map(|&entry| entry.to_owned()).collect();
    allowed(&network, address).is_ok()
}

#[test]
fn a_host_is_reached_only_if_it_is_listed() {
    assert!(ok(&["api.example.com"], "https://api.example.com/x?y=1"));
    assert!(ok(&["API.example.com"], "http://API.EXAMPLE.com/"));
    assert!(!ok(&[], "https://api.example.com/"));
    assert!(!ok(&["example.com"], "https://api.example.com/"));
    assert!(!ok(&["api.example.com"], "https://api.example.com.evil.test/"));
    assert!(!ok(&["api.example.com"], "https://evil.test/?api.example.com"));
    assert!(!ok(&["api.example.com"], "https://api.example.com@evil.test/"));
    assert!(!ok(&["api.example.com"], "https://user:secret@api.example.com/"));
    assert!(!ok(&["api.example.com"], "file://api.example.com/etc/passwd"));
    assert!(!ok(&["api.example.com"], "not an address"));
}

#[test]
fn ports_and_wildcards() {
    assert!(!ok(&["api.example.com"], "https://api.example.com:8443/"));
    assert!(ok(&["api.example.com:8443"], "https://api.example.com:8443/"));
    assert!(ok(&["api.example.com:443"], "https://api.example.com/"));
    assert!(!ok(&["api.example.com:8443"], "https://api.example.com/"));
    assert!(ok(&["*.example.com"], "https://a.b.example.com/"));
    assert!(!ok(&["*.example.com"], "https://example.com/"));
    assert!(!ok(&["*.example.com"], "https://.example.com/"));
    assert!(!ok(&["*.example.com"], "https://notexample.com/"));
    assert!(ok(&["127.0.0.1:9"], "http://127.0.0.1:9/"));
    assert!(ok(&["[::1]:9"], "http://[::1]:9/"));
    assert!(!ok(&["127.0.0.1"], "http://2130706433:81/"));
}
