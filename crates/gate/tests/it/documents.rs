//! The pages of the rules say what the code does.

use sealift_gate::{Policy, RuleId, explain};

#[test]
fn every_page_is_whole() {
    for id in RuleId::ALL.iter().copied() {
        let doc = explain(id);
        assert!(
            doc.page.starts_with(&format!("# `{id}`: {}\n", doc.title)),
            "{id}"
        );
        for (what, text) in [
            ("fires", doc.fires),
            ("options", doc.options),
            ("example", doc.example),
            ("remedy", doc.remedy),
        ] {
            assert!(text.len() > 10, "{id}: {what} is `{text}`");
        }
    }
}

#[test]
fn every_example_is_a_policy_that_uses_its_rule() {
    for id in RuleId::ALL.iter().copied() {
        let example = explain(id).example;
        let toml = example.trim_start_matches("```toml").trim_end_matches("```");
        let policy = Policy::parse(&format!("schema_version = 1\n{toml}"));
        let policy = policy.unwrap_or_else(|error| panic!("{id}: {error:?}"));
        assert!(policy.rules.iter().any(|rule| rule.id() == id), "{id}");
    }
}

#[test]
fn every_option_has_a_row_and_every_row_an_option() {
    for id in RuleId::ALL.iter().copied() {
        // The code's own list, from the help for a key that no rule has.
        let text = format!("schema_version = 1\n[[rule]]\nid = \"{id}\"\nzzzzzzzzzzzzzzzzzz = 1");
        let action = if id.may_deny() { "deny" } else { "warn" };
        let help = Policy::parse(&format!("{text}\naction = \"{action}\""))
            .unwrap_err()
            .help
            .unwrap_or_default();
        let known = help
            .trim_start_matches("one of ")
            .trim_end_matches(" is expected");
        let mut known: Vec<&str> = known.split(", ").filter(|key| !key.is_empty()).collect();
        let rows = explain(id)
            .options
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut rows: Vec<&str> = rows.collect();
        known.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, known, "{id}");
    }
}

#[test]
fn the_index_lists_every_page() {
    let index = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules/README.md");
    let Ok(index) = std::fs::read_to_string(index) else {
        println!("skipped: the index is not here");
        return;
    };
    for id in RuleId::ALL {
        assert!(index.contains(&format!("docs/rules/{id}.md")), "{id}");
    }
}

#[test]
fn links_of_pages_lead_somewhere_wherever_they_are_read() {
    // `sealift gate explain` prints them far from the repository.
    for id in RuleId::ALL {
        let folder = env!("CARGO_MANIFEST_DIR");
        let page = std::fs::read_to_string(format!("{folder}/docs/rules/{id}.md")).unwrap();
        for link in page.split("](").skip(1) {
            assert!(
                link.starts_with("https://"),
                "{id}: {}",
                &link[..link.len().min(60)]
            );
        }
    }
}
