//! `logagent-fuzz [--seconds N] [--target NAME] [--seed N]`, or `logagent-fuzz double`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use logagent_fuzz::targets::TARGETS;
use logagent_fuzz::{double, run};

struct Options {
    seconds: u64,
    target: Option<String>,
    seed: u64,
}

fn options() -> Result<Options, String> {
    let mut options = Options { seconds: 60, target: None, seed: fastrand::u64(..) };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{argument} takes a number"));
        match argument.as_str() {
            "--seconds" => options.seconds = number()?,
            "--seed" => options.seed = number()?,
            "--target" => options.target = Some(value),
            _ => return Err(format!("there is no option {argument}")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("double") {
        double::lines();
        return ExitCode::SUCCESS;
    }
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("logagent-fuzz: {message}");
            return ExitCode::from(2);
        }
    };
    let is_wanted = |name: &str| options.target.as_ref().is_none_or(|target| target == name);
    let mut code = ExitCode::SUCCESS;
    for target in TARGETS.iter().filter(|target| is_wanted(target.name)) {
        let end = Instant::now() + Duration::from_secs(options.seconds);
        match run(target, options.seed, |_| Instant::now() < end) {
            Ok(runs) => println!("{}: {runs} inputs, seed {}", target.name, options.seed),
            Err(failure) => {
                let input = failure.input.escape_ascii();
                println!(
                    "{}: FAILED at input {} of seed {}: {input}",
                    target.name, failure.run, options.seed
                );
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
