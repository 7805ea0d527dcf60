use super::*;

#[test]
fn what_must_not_differ_is_marked() {
    let told = |text: &str| marks(text).join(", ");
    assert_eq!(told("How do I reset my password?"), "");
    assert_eq!(told("What is the weather in Paris on 2027-03-01?"), "name paris, sign 2027-03-01");
    assert_eq!(told("I don't want the 3.5% fee."), "turn not, sign 3.5%");
    assert_eq!(told("I do not want the 3.5% fee"), told("I don't want the 3.5% fee."));
    assert_eq!(told("Say \"good night\" to them"), "quote good night");
    assert_eq!(told("It's Anna's. Berlin is far"), "name anna, name berlin, turn far");
    assert_eq!(told("Is a + b less than c?"), "sign +, turn less");
    assert_eq!(told("write to ada@example.com"), "turn write, sign ada@example.com");
    assert_ne!(told("convert 5 miles to 8 km"), told("convert 8 miles to 5 km"));
}

#[test]
fn words_in_another_order_are_another_question() {
    struct Same;
    impl Embed for Same {
        fn name(&self) -> &str {
            "same"
        }

        fn embed(&self, _: &str) -> Option<Vec<i8>> {
            Some(vec![3, 4])
        }
    }
    let of = |text: &str| Meaning::of(text, &Same).unwrap();
    let near = |one: &str, other: &str| of(one).nearness(&of(other));
    let lead = "does lead weigh as much as gold does";
    assert_eq!(near(lead, lead), Some(1.0));
    assert_eq!(near(lead, "does gold weigh as much as lead does"), None);
    assert_eq!(near("how is tea made", "how do I make tea"), Some(1.0));
    assert_eq!(near("grow tomatoes", "grow tall tomatoes"), Some(1.0), "the threshold decides");
    assert_eq!(near("grow tomatoes", "grow potatoes"), None);
    assert!(Meaning::of(&"word ".repeat(200), &Same).is_none(), "too long");
}
