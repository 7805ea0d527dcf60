codes! {
    UNKNOWN_APP = "E-AUTHOR-001", "A service that no connector serves",
        "The sentence names a service that Codex-32 has no connector for. Nothing else is used in its place: answer the question with another way (a web address, an e-mail, a channel), or with `skip`. `codex32 connectors search WORD` shows what there is.";
    REFUSED = "E-AUTHOR-002", "The draft did not pass the checker",
        "The author built a definition that the checker refuses, so it is not handed out. Say the sentence in simpler words or in parts; the messages beside this one name the place.";
}
