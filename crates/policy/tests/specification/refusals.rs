//! Files that are refused: where, why and with which suggestion.

use policy::{Mistakes, Policies};

use crate::CATALOGUE;

const HEAD: &str = "version: 1\nroles:\n";

fn check(text: &str, expected: &[&str]) {
    let found = Policies::from_yaml(text, CATALOGUE).err().map(|mistakes| mistakes.to_string());
    assert_eq!(found.as_deref(), Some(expected.join("\n").as_str()), "in\n{text}");
}

/// The role's lines start on line 3, so that the first key of `lines` is on line 4.
fn check_role(lines: &str, expected: &[&str]) {
    check(&format!("{HEAD}  a:\n    description: A role.\n{lines}"), expected);
}

#[test]
fn a_typo_in_a_key_is_refused_with_its_line() {
    check_role(
        "    permisions: [tickets:read]\n",
        &[
            "line 3, column 3: role `a` is empty; list its `permissions`, or the roles it `inherits`",
            "line 5, column 5: unknown key `permisions` in role `a`; did you mean `permissions`?",
        ],
    );
    check(
        "version: 1\nrols: {}\n",
        &[
            "line 1, column 1: `roles` is missing; nobody could do anything: write `roles:` and a role",
            "line 2, column 1: unknown key `rols` in the file; did you mean `roles`?",
        ],
    );
}

#[test]
fn an_anchor_is_refused() {
    let anchor = "an anchor (`&name`); write the value where it is used";
    check_role("    permissions: &all [tickets:read]\n", &[&format!("line 5, column 18: {anchor}")]);
    check_role("    permissions: [&one tickets:read]\n", &[&format!("line 5, column 19: {anchor}")]);
    check_role(
        "    permissions: [tickets:read]\n    restrictions: &r {requires_mfa: true}\n",
        &[&format!("line 6, column 19: {anchor}")],
    );
    check_role("    &key permissions: [tickets:read]\n", &[&format!("line 5, column 5: {anchor}")]);
}

#[test]
fn an_alias_is_refused() {
    check_role(
        "    permissions: &all [tickets:read]\n  b:\n    description: B.\n    permissions: *all\n",
        &[
            "line 5, column 18: an anchor (`&name`); write the value where it is used",
            "line 8, column 18: an alias (`*name`); repeat the text that it stands for",
        ],
    );
}

#[test]
fn a_merge_key_is_refused() {
    check_role(
        "    permissions: [tickets:read]\n    <<: {inherits: [a]}\n",
        &[
            "line 6, column 5: unknown key `<<` in role `a`; known here: `description`, `inherits`, `permissions`, \
             `restrictions`",
        ],
    );
}

#[test]
fn a_tag_is_refused() {
    check_role(
        "    permissions: !!seq [!!str tickets:read]\n",
        &[
            "line 5, column 18: a tag (`!name`); leave it out: every key has one type",
            "line 5, column 25: a tag (`!name`); leave it out: every key has one type",
        ],
    );
}

#[test]
fn a_wildcard_without_quotes_is_refused_with_the_way_to_write_it() {
    check_role(
        "    permissions:\n      - *\n",
        &[
            "line 6, column 9: not YAML: while scanning an anchor or alias, did not find expected alphabetic or \
           numeric character; anchors and aliases are refused, and the wildcard is written in quotes: \"*\"",
        ],
    );
}

#[test]
fn a_duplicate_role_is_refused() {
    let role = "  a:\n    description: A.\n    permissions: [tickets:read]\n";
    check(
        &format!("{HEAD}{role}{role}"),
        &["line 6, column 3: duplicate key `a`; the first is on line 3: keep one"],
    );
}

#[test]
fn a_duplicate_key_is_refused() {
    check_role(
        "    permissions: [tickets:read]\n    permissions: [tickets:write]\n",
        &["line 6, column 5: duplicate key `permissions`; the first is on line 5: keep one"],
    );
}

#[test]
fn a_permission_listed_twice_is_refused() {
    check_role(
        "    permissions:\n      - tickets:read\n      - tickets:read\n",
        &[
            "line 7, column 9: `tickets:read` is listed twice in `permissions`; the first is on line 6: keep one",
        ],
    );
}

#[test]
fn an_unknown_permission_names_the_closest() {
    let cases = [
        ("tickets:raed", "did you mean `tickets:read`?"),
        ("ticket:close", "did you mean `tickets:close`?"),
        ("Tickets:Read", "did you mean `tickets:read`?"),
        ("ticket:*", "did you mean `tickets:*`?"),
        ("assets:synchronize", "known here: `assets:export`, `assets:import`, `assets:read`, `assets:write`"),
    ];
    for (written, suggestion) in cases {
        let expected = format!("line 5, column 19: unknown permission `{written}`; {suggestion}");
        check_role(&format!("    permissions: [{written}]\n"), &[&expected]);
    }
}

#[test]
fn a_wildcard_of_part_of_a_name_is_refused() {
    check_role(
        "    permissions: [tickets:r*]\n",
        &["line 5, column 19: unknown permission `tickets:r*`; did you mean `tickets:*`?"],
    );
}

#[test]
fn a_full_wildcard_stands_alone() {
    let problem =
        "`*` beside other permissions or `inherits`; it already grants everything: let it stand alone";
    check_role("    permissions: [tickets:read, \"*\"]\n", &[&format!("line 5, column 33: {problem}")]);
    check_role(
        "    permissions: [\"*\"]\n    inherits: [b]\n  b: {description: B., permissions: [tickets:read]}\n",
        &[&format!("line 5, column 19: {problem}")],
    );
}

#[test]
fn an_unknown_parent_names_the_closest() {
    check_role(
        "    inherits: [viewr]\n  viewer: {description: V., permissions: [tickets:read]}\n",
        &["line 5, column 16: unknown role `viewr`; did you mean `viewer`?"],
    );
}

#[test]
fn a_circle_of_parents_is_refused_at_each_of_its_roles() {
    let circle = |role| {
        format!("role `{role}` inherits from itself through its parents; remove one `inherits` of the circle")
    };
    check_role("    inherits: [a]\n", &[&format!("line 5, column 16: {}", circle("a"))]);
    check_role(
        "    inherits: [b]\n  b: {description: B., inherits: [a]}\n  c: {description: C., inherits: [a]}\n",
        &[&format!("line 5, column 16: {}", circle("a")), &format!("line 6, column 35: {}", circle("b"))],
    );
}

#[test]
fn an_empty_role_is_refused() {
    let empty = "list its `permissions`, or the roles it `inherits`";
    check_role("", &[&format!("line 3, column 3: role `a` is empty; {empty}")]);
    check_role(
        "    permissions: []\n",
        &["line 5, column 18: `permissions` is an empty list; fill it or leave the key out"],
    );
    check(
        &format!("{HEAD}  a:\n"),
        &["line 3, column 4: role `a` is nothing; write a mapping (`key: value` lines)"],
    );
    check(
        "version: 1\nroles: {}\n",
        &["line 2, column 8: `roles` is empty; nobody could do anything: write a role"],
    );
}

#[test]
fn a_role_without_a_description_is_refused() {
    check(
        &format!("{HEAD}  a: {{permissions: [tickets:read]}}\n"),
        &["line 3, column 3: role `a` has no description; say in a sentence who holds it"],
    );
}

#[test]
fn a_role_name_that_would_need_escaping_is_refused() {
    for name in ["Analyst", "1st", "a-b", "\"a\\\" ]\"", "a.b"] {
        let text = format!("{HEAD}  {name}: {{description: A., permissions: [tickets:read]}}\n");
        let mistakes = Policies::from_yaml(&text, CATALOGUE).err().map(|found| found.to_string());
        assert!(mistakes.is_some_and(|found| found.contains("is not a role name")), "{name}");
    }
}

#[test]
fn a_wrong_type_is_refused_with_what_was_found() {
    let cases = [
        (
            "    permissions: tickets:read\n",
            "line 5, column 18: `permissions` is text; write a list (`[one, two]` or `- one` lines)",
        ),
        (
            "    permissions: [[tickets:read]]\n",
            "line 5, column 19: an item of `permissions` is a list; write text",
        ),
        (
            "    permissions: [tickets:read, 7]\n",
            "line 5, column 33: an item of `permissions` is a number; write text",
        ),
        (
            "    permissions: [tickets:read, ]\n    inherits: viewer\n",
            "line 6, column 15: `inherits` is text; write a list (`[one, two]` or `- one` lines)",
        ),
        (
            "    permissions: [tickets:read]\n    restrictions: [networks]\n",
            "line 6, column 19: `restrictions` is a list; write a mapping (`key: value` lines)",
        ),
        (
            "    permissions: [tickets:read]\n    restrictions: {}\n",
            "line 6, column 19: `restrictions` is empty; fill it or leave the key out",
        ),
        (
            "    permissions: [tickets:read]\n    true: 1\n",
            "line 6, column 5: the key is a boolean; write text",
        ),
    ];
    for (lines, expected) in cases {
        check_role(lines, &[expected]);
    }
    check("- a\n", &["line 1, column 1: the file is a list; write a mapping (`key: value` lines)"]);
}

#[test]
fn a_version_that_is_not_read_is_refused() {
    let role = "roles:\n  a: {description: A., permissions: [tickets:read]}\n";
    for version in ["2", "\"1\"", "[1]", "1.0", ""] {
        let expected = "a version that is not read here; write `version: 1`";
        let found = Policies::from_yaml(&format!("version: {version}\n{role}"), CATALOGUE).err();
        assert!(found.is_some_and(|found| found.to_string().ends_with(expected)), "{version}");
    }
    check(role, &["line 1, column 1: `version` is missing; write `version: 1`"]);
}

#[test]
fn a_restriction_that_cannot_be_meant_is_refused() {
    let cases = [
        ("network: [10.0.0.0/8]", "20: unknown key `network` in `restrictions`; did you mean `networks`?"),
        ("networks: []", "30: `networks` is an empty list; fill it or leave the key out"),
        ("networks: [10.0.0.5/8]", "31: `10.0.0.5/8` is not a network; did you mean `10.0.0.0/8`?"),
        (
            "networks: [10.0.0.0/33]",
            "31: `10.0.0.0/33` is not a network; the part after `/` is a number from 0 to 32",
        ),
        (
            "networks: [10.0.0.0/+8]",
            "31: `10.0.0.0/+8` is not a network; the part after `/` is a number from 0 to 32",
        ),
        (
            "networks: [office]",
            "31: `office` is not a network; write it like `10.0.0.0/8` or `2001:db8::/32`",
        ),
        (
            "networks: [\"::ffff:10.0.0.1\"]",
            "31: `::ffff:10.0.0.1` is not a network; write the IPv4 form: `10.0.0.1`",
        ),
        (
            "hours: {from: \"8:00\", to: \"20:00\"}",
            "34: `8:00` is not a time of day; write it like \"08:30\", at most \"24:00\"",
        ),
        (
            "hours: {from: \"08:60\", to: \"20:00\"}",
            "34: `08:60` is not a time of day; write it like \"08:30\", at most \"24:00\"",
        ),
        (
            "hours: {from: 08:00, to: 08:00}",
            "27: `hours` has no length; `from` is before 24:00 and differs from `to`",
        ),
        ("hours: {from: 08:00}", "27: `hours` lacks `from` or `to`; write {from: \"08:00\", to: \"20:00\"}"),
        ("requires_mfa: yes", "34: `requires_mfa` is text; write `true` or `false`"),
        (
            "hours: {from: \"08:00\", to: \"20:00\", zone: Europe/Madird}",
            "62: unknown time zone `Europe/Madird`; did you mean `Europe/Madrid`?",
        ),
        (
            "organizations: [Acme]",
            "36: `Acme` is no organization's short name; write short names: lower-case letters, digits and `-`",
        ),
        ("organizations: []", "35: `organizations` is an empty list; fill it or leave the key out"),
        ("own_items: yes", "31: `own_items` is text; write `true` or `false`"),
        ("requires_mtls: 1", "35: `requires_mtls` is a number; write `true` or `false`"),
        ("severity_ceiling: hihg", "38: unknown severity `hihg`; did you mean `high`?"),
        (
            "severity_ceiling: critical",
            "38: `critical` is no ceiling: nothing is more severe; name a lower severity, or remove it",
        ),
        ("severity_ceiling: 3", "38: `severity_ceiling` is a number; write text"),
    ];
    for (restriction, expected) in cases {
        let lines = format!("    permissions: [tickets:read]\n    restrictions: {{{restriction}}}\n");
        check_role(&lines, &[&format!("line 6, column {expected}")]);
    }
}

#[test]
fn all_mistakes_are_reported_in_the_order_of_the_file() -> Result<(), String> {
    let text = "version: 2\nroles:\n  a:\n    inherits: [nobody]\n    permissions: [x:y, 1]\n  B: {permissions: []}\n";
    let mistakes: Mistakes = Policies::from_yaml(text, CATALOGUE).err().ok_or("the file was taken")?;
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.at.line).collect();
    assert_eq!(lines, [1, 3, 4, 5, 5, 6, 6, 6], "{mistakes}");
    assert!(mistakes.iter().all(|mistake| !mistake.suggestion.is_empty()));
    Ok(())
}

#[test]
fn what_is_not_one_yaml_document_is_refused() {
    let deep = format!("version: {}\n", "[".repeat(200));
    let long = format!("# {}\n", "x".repeat(1 << 20));
    let role = "version: 1\nroles: {a: {description: A., permissions: [tickets:read]}}\n";
    let cases = [
        ("", "line 1, column 1: the file is empty"),
        ("# only a comment\n", "line 1, column 1: the file is empty"),
        ("version: 1\n\troles: 2\n", "not YAML"),
        ("version: [1\n", "not YAML"),
        (&format!("{role}---\n{role}"), "line 3, column 1: a second document"),
        (&deep, "nested deeper than 16 levels"),
        (&long, "the file has 1048579 bytes"),
    ];
    for (text, expected) in cases {
        let found =
            Policies::from_yaml(text, CATALOGUE).err().map(|found| found.to_string()).unwrap_or_default();
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn an_empty_catalogue_refuses_every_permission() {
    let text = format!("{HEAD}  a: {{description: A., permissions: [\"*\"]}}\n");
    assert!(Policies::from_yaml(&text, &[]).is_err());
}

#[test]
fn more_roles_than_anybody_writes_by_hand_are_refused_before_anything_is_made_of_them() {
    let role = |number: usize| format!("  r{number}: {{description: x, permissions: [\"*\"]}}\n");
    let file = |count: usize| format!("version: 1\nroles:\n{}", (0..count).map(role).collect::<String>());
    assert!(Policies::from_yaml(&file(100), &["a:read"]).is_ok());
    let mistakes = Policies::from_yaml(&file(101), &["a:read"]).unwrap_err().to_string();
    assert!(mistakes.contains("101 roles"), "{mistakes}");
}
