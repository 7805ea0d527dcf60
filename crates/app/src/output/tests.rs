use super::{plain, seen_width, short};

#[test]
fn text_of_others_cannot_steer_the_terminal() {
    assert_eq!(plain("a\x1b]0;title\x07b"), "a\u{fffd}]0;title\u{fffd}b");
    assert_eq!(plain("pay \u{202e}001"), "pay \u{fffd}001");
    assert_eq!(plain("two\nlines\tünd"), "two\nlines\tünd");
}

#[test]
fn a_cell_is_one_line_and_bounded() {
    assert_eq!(short("one\ntwo", 20), "one two");
    assert_eq!(short("abcdef", 4), "abc…");
}

#[test]
fn colours_take_no_room() {
    assert_eq!(seen_width("\x1b[1;31mfailed\x1b[0m"), 6);
    assert_eq!(seen_width("日本"), 4);
}
