//! The texts in the sources of what the window says: what no walk through it meets, such as why a file can't be used.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Where what the window says is written.
const FOLDERS: [&str; 3] = ["src/experiment", "src/ui", "src/view"];
/// Before texts that nobody is shown: names for the program itself, the log, and what can't happen.
const UNSEEN: [&str; 13] = [
    "unique(",
    "unique((",
    "id_salt(",
    "id_salt((",
    "expect(",
    "reason=",
    "kept(",
    "kept(ui.ctx(),",
    "kept(ctx,",
    "growing(ui,",
    "guarded(",
    "name(",
    "push_id(",
];

/// All texts of two letters or more, each in one line.
pub fn texts(root: &Path) -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files);
    }
    files.iter().flat_map(|file| of_source(file)).collect()
}

/// The sources of a folder but for tests.
fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let is_test = path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("tests"));
        match path.extension() {
            _ if is_test => {}
            None => collect(&path, files),
            Some(ending) if ending == "rs" => files.push(fs::read_to_string(&path).expect("a source")),
            Some(_) => {}
        }
    }
}

/// The texts of one source, without its tests, which are at its end.
fn of_source(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut found = Vec::new();
    let (mut at, mut before) = (0, 0);
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        match c {
            '/' if rest.starts_with("//") => at += rest.find('\n').unwrap_or(rest.len()),
            '\'' => at += of_a_letter(rest).unwrap_or(1),
            '"' => {
                let raw = source[..at].ends_with("r#");
                let (text, length) = if raw { until_raw_end(rest) } else { until_end(rest) };
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if is_shown(&source[before..at], &text) {
                    found.push(text);
                }
                at += length;
                before = at;
            }
            c => at += c.len_utf8(),
        }
    }
    found
}

/// Whether a text is shown to somebody, as far as it and what stands before it tell. Of single words those are that are
/// names of controls or begin with a capital.
fn is_shown(before: &str, text: &str) -> bool {
    let last = before.rsplit([';', '}']).next().unwrap_or_default();
    let joined: String = before.split_whitespace().collect();
    let is_hidden = UNSEEN.iter().any(|unseen| joined.ends_with(unseen))
        || ["tracing::", "assert", "cfg(", "#[serde"].iter().any(|unseen| last.contains(unseen));
    let is_flag = text.starts_with("--") && !text.contains(": ");
    let is_word = !text.contains(' ');
    let is_named = joined.ends_with("(ui,") || text.starts_with(char::is_uppercase) && !text.contains('_');
    let has_letters = text.chars().filter(|c| c.is_alphabetic()).count() > 1;
    has_letters && !is_hidden && !is_flag && (!is_word || is_named)
}

/// The length of a letter in quotation marks; `None` of a lifetime.
fn of_a_letter(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    let mut after = letters.skip_while(|(n, c)| first == '\\' && (*n == 2 || *c != '\''));
    after.next().filter(|(_, c)| *c == '\'').map(|(n, _)| n + 1)
}

/// A text from its opening mark on, and how much of the source that is.
fn until_end(rest: &str) -> (String, usize) {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((n, c)) = letters.next() {
        match c {
            '"' => return (text, n + 1),
            '\\' => match letters.next() {
                // The next line goes on where it begins.
                Some((_, '\n')) => text.push(' '),
                Some((_, 'n' | 't')) => text.push(' '),
                // A sign of the font of icons.
                Some((_, 'u')) => _ = letters.find(|(_, c)| *c == '}'),
                Some((_, other)) => text.push(other),
                None => {}
            },
            c => text.push(c),
        }
    }
    (text, rest.len())
}

fn until_raw_end(rest: &str) -> (String, usize) {
    let end = rest.find("\"#").unwrap_or(rest.len() - 1);
    (rest[1..end.max(1)].to_owned(), end + 1)
}

#[test]
fn texts_of_a_source_are_found_and_nothing_else() {
    let source = r##"
        // "a comment"
        fn said<'a>(c: char) { let q = ['"', '\'', '\\']; say("it’s \"one\" \
            text"); id.unique("hidden"); raw(r#"a "raw" one"#); say("x"); }
        #[cfg(test)]
mod tests { say("a test"); }
"##;
    assert_eq!(of_source(source), ["it’s \"one\" text", "a \"raw\" one"]);
}
