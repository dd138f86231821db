//! The web's parts: `lib`, `i18n`, `ui` <- `api` <- `features` <- `app`. Features never import each other, and the
//! design system knows neither routes nor queries.

use crate::tree::Source;

const ROOT: &str = "web/src/";

pub fn check(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let Some(path) = file.path.strip_prefix(ROOT) else { continue };
        if !(path.ends_with(".ts") || path.ends_with(".tsx")) {
            continue;
        }
        for import in imports(&file.text) {
            if let Some(reason) = refusal(path, import) {
                complaints.push(format!("{}: imports {import}: {reason}", file.path));
            }
        }
    }
    complaints
}

/// What stands in quotes behind `from`, `import` and `import(`.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| {
        ["from ", "import ", "import("].into_iter().filter_map(move |word| {
            let rest = &line[line.find(word)? + word.len()..];
            let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
            rest[1..].split(quote).next()
        })
    })
}

fn refusal(path: &str, import: &str) -> Option<&'static str> {
    let from = part(path);
    let target = resolve(path, import);
    let Some(target) = target else {
        let is_plumbing =
            import.starts_with("@tanstack/react-router") || import.starts_with("@tanstack/react-query");
        return (from == "ui" && is_plumbing).then_some("the design system knows neither routes nor queries");
    };
    let to = part(&target);
    let is_allowed = match from {
        "lib" | "i18n" => matches!(to, "lib" | "i18n"),
        "ui" => matches!(to, "lib" | "i18n" | "ui"),
        "api" => matches!(to, "lib" | "i18n" | "ui" | "api"),
        "features" => matches!(to, "lib" | "i18n" | "ui" | "api" | "features"),
        _ => true,
    };
    if !is_allowed {
        return Some("lib, i18n, ui <- api <- features <- app");
    }
    let is_foreign = from == "features" && to == "features" && feature(path) != feature(&target);
    is_foreign.then_some("features never import each other")
}

fn part(path: &str) -> &str {
    path.split_once('/').map_or("", |(part, _)| part)
}

fn feature(path: &str) -> Option<&str> {
    path.split('/').nth(1)
}

/// The path from `web/src/`, for what is ours.
fn resolve(path: &str, import: &str) -> Option<String> {
    if let Some(rest) = import.strip_prefix("@/") {
        return Some(rest.to_owned());
    }
    if !import.starts_with('.') {
        return None;
    }
    let mut parts = path.split('/').collect::<Vec<_>>();
    parts.pop();
    for step in import.split('/') {
        match step {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down_only() {
        for (path, import, is_allowed) in [
            ("features/tickets/QueuePage.tsx", "@/ui/DataTable", true),
            ("features/tickets/queue/Peek.tsx", "../api", true),
            ("features/tickets/queue/Peek.tsx", "../../alerts/api", false),
            ("features/tickets/queue/Peek.tsx", "@/app/router", false),
            ("app/router.tsx", "@/features/tickets/QueuePage", true),
            ("ui/DataTable.tsx", "@tanstack/react-virtual", true),
            ("ui/DataTable.tsx", "@tanstack/react-query", false),
            ("ui/DataTable.tsx", "@/api/model", false),
            ("lib/time.ts", "../ui/theme", false),
            ("main.tsx", "./app/App", true),
        ] {
            assert_eq!(refusal(path, import).is_none(), is_allowed, "{path} imports {import}");
        }
    }

    #[test]
    fn every_spelling_of_an_import_is_seen() {
        let text = "import { a } from './a';\nimport './b.css';\nconst c = () => import(\"./c\");\n// import './d';\n} from '@/e';";
        assert_eq!(imports(text).collect::<Vec<_>>(), ["./a", "./b.css", "./c", "@/e"]);
    }
}
