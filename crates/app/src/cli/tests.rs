use super::{HELP, tree};

#[test]
fn the_tree_is_consistent() {
    tree().debug_assert();
}

#[test]
fn the_help_lists_every_command() {
    for command in tree().get_subcommands().filter(|command| !command.is_hide_set()) {
        let listed = HELP.lines().any(|line| {
            line.strip_prefix("  ").and_then(|line| line.split(' ').next())
                == Some(command.get_name())
        });
        assert!(listed, "`{}` is missing in the help", command.get_name());
    }
}

#[test]
fn every_command_says_what_it_does() {
    fn walk(command: &clap::Command) {
        assert!(command.get_about().is_some(), "`{}` has no help text", command.get_name());
        for arg in command.get_arguments() {
            let told = arg.get_help().is_some() || arg.is_hide_set();
            assert!(told, "`{}` of `{}` has no help text", arg.get_id(), command.get_name());
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&tree());
}
