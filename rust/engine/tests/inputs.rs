//! Arguments become inputs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use logagent_engine::{Input, Named, expand, expand_sources};

fn paths(inputs: &[Input]) -> Vec<PathBuf> {
    let path = |input: &Input| match input {
        Input::Path(path) => path.clone(),
        Input::Stdin => PathBuf::from("-"),
    };
    inputs.iter().map(path).collect()
}

fn files(directory: &Path, names: &[&str]) -> Vec<PathBuf> {
    let file = |name: &&str| {
        let file = directory.join(name);
        fs::write(&file, *name).unwrap();
        file
    };
    names.iter().map(file).collect()
}

#[test]
fn patterns_are_sorted_and_paths_win_over_patterns() {
    let directory = tempfile::tempdir().unwrap();
    let made = files(directory.path(), &["b.log", "a.log", "[ab].log", ".hidden.log", "c.txt"]);
    let arguments = [directory.path().join("[ab].log"), directory.path().join("*.log")];
    let (inputs, errors) = expand(&arguments);
    assert_eq!(paths(&inputs), [made[2].clone(), made[1].clone(), made[0].clone()]);
    assert_eq!(errors, []);
}

#[test]
fn a_file_counts_once_whatever_its_names() {
    let directory = tempfile::tempdir().unwrap();
    let made = files(directory.path(), &["a", "b"]);
    let (hard, soft) = (directory.path().join("hard"), directory.path().join("soft"));
    fs::hard_link(&made[0], &hard).unwrap();
    symlink(&made[1], &soft).unwrap();
    let around = directory.path().join("..").join(directory.path().file_name().unwrap()).join("a");
    let arguments = [Path::new("-"), &hard, &made[0], Path::new("-"), &soft, &around, &made[1]];
    let (inputs, errors) = expand(&arguments);
    assert_eq!(paths(&inputs), [Path::new("-"), &hard, &soft]);
    assert_eq!(errors, []);
}

#[test]
fn what_cannot_be_found_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let argument = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let arguments = [argument("missing"), argument("*.log"), argument("[")];
    let (inputs, errors) = expand(&arguments);
    assert_eq!(inputs, []);
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], format!("{}: no such file", arguments[0]));
    assert_eq!(told[1], format!("{}: no file matches this pattern", arguments[1]));
    assert!(told[2].starts_with(&format!("{}: not a valid pattern: ", arguments[2])));
    assert_eq!(told.len(), 3);
}

#[test]
fn a_file_belongs_to_the_first_source_that_names_it_and_does_not_exclude_it() {
    let directory = tempfile::tempdir().unwrap();
    let made = files(directory.path(), &["a.log", "b.log", "c.log"]);
    let pattern = |name: &str| vec![directory.path().join(name).to_str().unwrap().to_owned()];
    let (all, not_b, bad) = (pattern("*.log"), pattern("b*"), vec!["[".to_owned()]);
    let found = expand_sources(&[
        Named { paths: &pattern("a.*"), exclude: &[] },
        Named { paths: &all, exclude: &not_b },
        Named { paths: &all, exclude: &bad },
    ]);
    let found_paths: Vec<Vec<PathBuf>> = found.iter().map(|(inputs, _)| paths(inputs)).collect();
    assert_eq!(found_paths, [&made[..1], &made[2..], &made[1..2]]);
    assert_eq!((found[0].1.len(), found[1].1.len()), (0, 0));
    assert!(found[2].1[0].to_string().starts_with("[: not a valid pattern: "));
}
