//! Documents of every kind, also those that are broken or mean harm.

use std::io::Write as _;

use codex32_knowledge::{Query, Who};
use codex32_store::knowledge::documents::{Document, State};

use crate::world::{World, world};

/// A DOCX of one body.
fn docx(body: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("word/document.xml", options).unwrap();
    archive.write_all(body).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A PDF of one page with one line, put together by hand.
fn pdf(line: &str) -> Vec<u8> {
    let stream = format!("BT /F1 24 Tf 72 720 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let (mut out, mut places) = (b"%PDF-1.4\n".to_vec(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(out.len());
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    let end = format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    out.extend(end.as_bytes());
    out
}

async fn indexed(world: &World, name: &str, bytes: &[u8]) -> Document {
    let (document, _) = world.put("kinds", name, bytes).await;
    world.knowledge.index_all().await;
    world.document(&document).await
}

async fn first(world: &World, question: &str) -> (String, String) {
    let query = Query::new(question, 1);
    let hits = world.knowledge.search(world.scope, Who::Keeper, "kinds", query).await.unwrap();
    (hits[0].title.clone(), hits[0].text.clone())
}

#[tokio::test]
async fn documents_of_every_kind_are_found_again() {
    let world = world().await;
    world.base("kinds").await;
    let word = br#"<w:document xmlns:w="w"><w:body>
        <w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Travel</w:t></w:r></w:p>
        <w:p><w:r><w:t>Trains &amp; ferries are paid </w:t></w:r><w:r><w:t>in second class.</w:t></w:r></w:p>
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Hotel</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>120 euros</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
        </w:body></w:document>"#;
    let html = b"<html><head><title>Leave &amp; holidays</title><script>var x = 'ponies'</script></head>
        <body><nav>Home</nav><h1>Leave</h1><p>Everybody has <b>thirty</b> days of leave.</p></body></html>";
    let documents: [(&str, Vec<u8>, &str); 6] = [
        ("travel.docx", docx(word), "docx"),
        ("leave.html", html.to_vec(), "html"),
        ("parking.pdf", pdf("The parking garage closes at midnight."), "pdf"),
        ("prices.csv", b"Article;Price\nUmbrella;19 euros\nKettle;35 euros\n".to_vec(), "csv"),
        ("notes.txt", b"The printer on the second floor jams on humid days.".to_vec(), "text"),
        (
            "coffee.md",
            b"# Kitchen\n\nThe coffee machine is cleaned on Mondays.".to_vec(),
            "markdown",
        ),
    ];
    for (name, bytes, kind) in documents {
        let document = indexed(&world, name, &bytes).await;
        assert_eq!(document.state, State::Ready, "{name}: {:?}", document.message);
        assert_eq!(document.kind, kind);
        assert!(document.done == document.total && document.total > 0, "{document:?}");
    }
    let (title, text) = first(&world, "who pays for trains and ferries?").await;
    assert!(title.ends_with("Travel"), "{title}");
    assert!(text.contains("Trains & ferries are paid in second class."), "{text}");
    assert!(text.contains("Hotel | 120 euros"), "{text}");
    let (title, text) = first(&world, "how many days of leave").await;
    assert_eq!(title, "Leave & holidays › Leave");
    assert!(
        text.contains("thirty") && !text.contains("ponies") && !text.contains("Home"),
        "{text}"
    );
    let (title, text) = first(&world, "when does the parking garage close?").await;
    assert!(title.ends_with("Page 1") && text.contains("closes at midnight"), "{title}: {text}");
    assert!(
        first(&world, "price of a kettle").await.1.contains("Article: Kettle\nPrice: 35 euros")
    );
    assert!(first(&world, "printer jam").await.1.contains("second floor"));
    assert_eq!(first(&world, "cleaning the coffee machine").await.0, "Kitchen");
    world.store.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_harms_nobody() {
    let world = world().await;
    world.base("kinds").await;
    // Zeroes that unpack to far more than they are.
    let bomb = docx(&vec![b' '; 65 << 20]);
    assert!(bomb.len() < 1 << 20);
    let mut cut = pdf("Hello");
    cut.truncate(120);
    // Nested so deep that who reads it by recursion has no stack left.
    let deep = format!("<html><body>{}x", "<div>".repeat(20_000));
    let broken: [(&str, Vec<u8>, &str); 5] = [
        ("bomb.docx", bomb, "E-KNOW-004"),
        ("cut.pdf", cut, "E-KNOW-005"),
        ("no.docx", b"PK\x03\x04 is no archive".to_vec(), "E-KNOW-005"),
        ("binary.txt", (0..=255).cycle().take(4_096).collect(), "E-KNOW-005"),
        ("empty.md", b"\n\n  \n".to_vec(), "E-KNOW-005"),
    ];
    for (name, bytes, code) in broken {
        let document = indexed(&world, name, &bytes).await;
        assert_eq!(document.state, State::Failed, "{name}");
        assert_eq!(document.code.as_deref(), Some(code), "{name}: {:?}", document.message);
        assert!(document.message.is_some_and(|message| message.len() > 10), "{name}");
    }
    let document = indexed(&world, "deep.html", deep.as_bytes()).await;
    assert!(matches!(document.state, State::Ready | State::Failed), "{document:?}");
    // The next one is read as if nothing had been.
    let document = indexed(&world, "well.md", b"# Well\n\nAll is well.").await;
    assert_eq!(document.state, State::Ready);
    world.store.close().await;
}
