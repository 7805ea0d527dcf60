codes! {
    HTTP_STATUS = "E-CONN-001", "The other side answered with an error",
        "The HTTP status was 400 or higher. Set `accept: any` in `with` to take such answers as a value.";
}
