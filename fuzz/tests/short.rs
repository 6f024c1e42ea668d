//! A short run of every target, the same each time; long ones are started by hand (see CONTRIBUTING.md).

use logagent_fuzz::run;
use logagent_fuzz::targets::TARGETS;

/// Inputs for each target; those that read every named format cost much more.
fn runs_of(name: &str) -> u64 {
    match name {
        "lines" => 60,
        "edit" => 40,
        "format" | "detect" | "configuration" | "condition" => 300,
        "grok" | "regex" | "server_conf" => 500,
        _ => 3000,
    }
}

#[test]
fn no_target_panics() {
    for target in TARGETS {
        let most = runs_of(target.name);
        let ran = run(target, 20_261_121, |runs| runs < most);
        if let Err(failure) = ran {
            panic!("{} at input {}: {}", failure.target, failure.run, failure.input.escape_ascii());
        }
    }
}

#[test]
fn a_target_that_panics_is_told_with_its_input() {
    let fragile = logagent_fuzz::targets::Target {
        name: "fragile",
        seeds: || vec![b"abc".to_vec()],
        take: |input| assert!(input.len() < 4),
    };
    let failure = run(&fragile, 1, |_| true).unwrap_err();
    assert!(failure.input.len() >= 4);
}
